import type { CallCause } from "./callCause.ts";

/** One call to a platform, without personal values, secrets and query. */
export interface LoggedCall extends CallCause {
  at: number;
  connection: string;
  platform: string;
  route: string;
  status: number;
  ms: number;
  bytes: number;
  priority: string;
  /** The request to our API that caused it; null for a pull. */
  requestId: string | null;
}

export interface CallLog {
  /** Never waits and never fails. */
  add(call: LoggedCall): void;
}

/** For a connection whose calls nothing reads. */
export const discardedCalls: CallLog = { add: () => {} };
