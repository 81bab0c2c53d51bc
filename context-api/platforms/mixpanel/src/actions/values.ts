import type { Outcome } from "@sidelight/platform-kit/action.ts";
import { failed } from "@sidelight/platform-kit/outcome.ts";
import { z } from "zod";
import type { FailedRecord } from "../ingest.ts";

/** Properties by name; anything that JSON holds. "Fewer than 255 properties" */
export const Properties = z
  .record(z.string().min(1).max(255), z.json())
  .refine((properties) => Object.keys(properties).length < 255, "more than 254 properties");

export const DistinctId = z.string().max(255);

/** Ids that clients send by mistake: whatever stood under one would make one customer of many strangers. Mixpanel refuses them. */
const banned = new Set([
  ...["", "null", "nil", "undefined", "none", "unknown", "anonymous", "anon", "true", "false", "0", "-1", "nan", "n/a", "na"],
  ...["[]", "{}", "id", "guest", "not set", "(null)", "not_applicable", "lmy47d", "00000000-0000-0000-0000-000000000000"],
]);
export const isBanned = (distinctId: string): boolean => banned.has(distinctId.trim().toLowerCase());
export const isNobody = failed("rejected", "The distinct id is a placeholder that Mixpanel refuses.");

/** Why Mixpanel's validation refused a record. */
export const invalid = ({ field }: Pick<FailedRecord, "field">): Outcome =>
  failed("rejected", `Mixpanel refuses the record${field === null ? "" : ` for its ${field}`}.`);
