import { isPlaceholderId } from "@sidelight/model/identifiers/placeholders.ts";
import type { Outcome } from "@sidelight/platform-kit/action.ts";
import { failure } from "@sidelight/platform-kit/outcome.ts";
import { z } from "zod";
import type { FailedRecord } from "../ingest.ts";

/** Properties by name, any JSON value. "Fewer than 255 properties" */
export const Properties = z
  .record(z.string().min(1).max(255), z.json())
  .refine((properties) => Object.keys(properties).length < 255, "Mixpanel accepts at most 254 properties.");

export const DistinctId = z.string().max(255);

/** Placeholders that clients send by mistake would merge many people into one. Mixpanel refuses most of them. */
export const isBanned = (distinctId: string): boolean => isPlaceholderId(distinctId.trim());
export const placeholderId = failure("rejected", "The distinct id is a placeholder, which identifies no customer.");

/** Outcome of a record that Mixpanel's validation refused. */
export const invalid = ({ field }: Pick<FailedRecord, "field">): Outcome =>
  failure("rejected", `Mixpanel refused the record${field === null ? "" : ` because of ${field}`}.`);
