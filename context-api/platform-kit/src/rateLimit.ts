/** Who waits for a call: an interactive reader comes first, a backfill last. */
export type Lane = "interactive" | "webhook" | "sync" | "backfill";
export const lanes: readonly Lane[] = ["interactive", "webhook", "sync", "backfill"];

/** A platform's limit for one family of calls: `limit` requests in any `windowMs`. */
export interface Pool {
  limit: number;
  windowMs: number;
  /** True where no read uses this quota, so that nothing has to be reserved for interactive calls. */
  unreserved?: boolean;
}

/** No request of this priority is admitted now. `retryAt` is epoch ms. */
export class BudgetExhausted extends Error {
  override readonly name = "BudgetExhausted";
  readonly retryAt: number;
  constructor(retryAt: number) {
    super("The request quota of this connection is used up. Retry later.");
    this.retryAt = retryAt;
  }
}
