import type { Priority } from "./rateLimit.ts";

/** Options of every call to a platform. */
export interface CallOptions {
  priority: Priority;
  signal: AbortSignal;
  /**
   * A call that any caller can cause at will: a search for a customer that is not in the store, or a refresh. It may use a part of each
   * quota only.
   */
  onDemand?: "search" | "refresh" | undefined;
  /** Called when the request is sent, after its wait for the quota; again for each further attempt. */
  onSend?: (() => void) | undefined;
}
