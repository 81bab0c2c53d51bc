import { SidelightError } from "@sidelight/model/errors.ts";

/** Priority of a call, highest first: a person waits for an interactive call; a backfill can wait. */
export type Priority = "interactive" | "webhook" | "sync" | "backfill";
export const priorities: readonly Priority[] = ["interactive", "webhook", "sync", "backfill"];

/** A platform's limit for one family of calls: `limit` requests in any `windowMs`. */
export interface Quota {
  limit: number;
  windowMs: number;
  /** True when no interactive read uses this quota, so that nothing is reserved for interactive calls. */
  unreserved?: boolean;
}

/** A quota has no request left for this priority. */
export class QuotaExhaustedError extends SidelightError {
  override readonly name = "QuotaExhaustedError";
  /** When a request is free again, epoch ms. */
  readonly retryAt: number;

  constructor(retryAt: number) {
    super("The request quota of this connection is used up. Retry later.", { code: "quota_exhausted", stage: "platform" });
    this.retryAt = retryAt;
  }
}
