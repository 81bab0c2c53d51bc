import type { Priority } from "./rateLimit.ts";

/** Options of every call to a platform. */
export interface CallOptions {
  priority: Priority;
  signal: AbortSignal;
  /** True for a search for a customer that is not in the store. Any caller can cause it, so it may use a part of each quota only. */
  isLookup?: boolean;
}
