import type { Priority } from "./rateLimit.ts";

/** Options of every call to a platform. */
export interface CallOptions {
  priority: Priority;
  signal: AbortSignal;
}
