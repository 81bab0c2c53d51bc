import { summarizeProjectionFailures } from "../../../store/tables/projectionFailures.ts";
import type { AlertRule } from "./rule.ts";

/** Events that could not be applied to the projections: what they changed is not shown. */
export const projectionFailed: AlertRule = {
  kind: "projection_failed",
  nextAction: "Update Sidelight, then run `sidelight replay --rebuild`. The log contains the events; only the view lacks them.",
  async find({ served: { tenant }, now }) {
    const failures = await summarizeProjectionFailures(tenant.log.store);
    if (!failures) return [];
    const { count, reason, eventId } = failures;
    const cause = `${reason}, first in event ${eventId}.`;
    const message = `${count} events could not be applied to the projections: ${cause}`;
    return [{ severity: "critical", connection: "", subject: "", message, cause, since: now, count }];
  },
};
