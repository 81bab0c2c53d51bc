import type { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Connection } from "../connections/connections.ts";

/**
 * Outcome of a fetch. `at` is when it started, epoch ms. `partial`: records were fetched, but not everything that the connection's
 * sections show of the customer.
 */
export type FetchOutcome = {
  /** True when no call was made for it. */ isLocal?: true;
} /** `hasDeletions`: a stored record is gone at the platform, or was merged there. */ & (
  | { connection: Connection; at: number; outcome: "found" | "partial" | "not_found"; hasDeletions?: boolean }
  /** Not complete at the deadline. `isPlatformLate`: the platform had time to answer, and did not. */
  | { connection: Connection; at: number; outcome: "timed_out"; isPlatformLate: boolean }
  | { connection: Connection; at: number; outcome: "failed"; error: PlatformError }
);

/** True when the fetch changed what the store holds of the customer. */
export const hasRecords = (result: FetchOutcome): boolean =>
  result.outcome === "found" || result.outcome === "partial" || (result.outcome === "not_found" && result.hasDeletions === true);
/** True when the connection returned everything it holds about the customer. */
export const isConclusive = ({ outcome }: FetchOutcome): boolean => outcome === "found" || outcome === "not_found";
export const isFailure = ({ outcome }: FetchOutcome): boolean => outcome === "timed_out" || outcome === "failed";
