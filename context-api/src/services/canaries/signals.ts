import type { AlertKey } from "../../store/tables/alerts.ts";

/** Announced when a canary was started or ended. */
export const canaryTopic = "canary";

/** Open after a rollback, until the next canary starts. */
export const rolledBackAlert: AlertKey = { kind: "canary_rolled_back", connection: "", subject: "" };
