import type { Outcome } from "@sidelight/platform-kit/action.ts";
import { failure } from "@sidelight/platform-kit/outcome.ts";
import { z } from "zod";
import type { FailedRecord } from "../ingest.ts";

/** Properties by name, any JSON value. "Fewer than 255 properties" */
export const Properties = z
  .record(z.string().min(1).max(255), z.json())
  .refine((properties) => Object.keys(properties).length < 255, "Mixpanel accepts at most 254 properties.");

export const DistinctId = z.string().max(255);

/** Placeholder ids that clients send by mistake. They would merge many people into one, and Mixpanel refuses them. */
const placeholderIds = new Set([
  ...["", "null", "nil", "undefined", "none", "unknown", "anonymous", "anon", "true", "false", "0", "-1", "nan", "n/a", "na"],
  ...["[]", "{}", "id", "guest", "not set", "(null)", "not_applicable", "lmy47d", "00000000-0000-0000-0000-000000000000"],
]);
export const isBanned = (distinctId: string): boolean => placeholderIds.has(distinctId.trim().toLowerCase());
export const placeholderId = failure("rejected", "The distinct id is a placeholder that Mixpanel refuses.");

/** Outcome of a record that Mixpanel's validation refused. */
export const invalid = ({ field }: Pick<FailedRecord, "field">): Outcome =>
  failure("rejected", `Mixpanel refused the record${field === null ? "" : ` because of ${field}`}.`);
