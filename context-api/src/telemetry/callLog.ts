/** One call to a platform, without personal values, secrets and query. */
export interface LoggedCall {
  at: number;
  tenant: string;
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
  add(call: LoggedCall): void;
  /** Newest first. `number` counts the calls since the process started. */
  recent(tenant: string): NumberedCall[];
}

export type NumberedCall = LoggedCall & { number: number };

/** The last calls to the platforms, in memory. */
export function createCallLog(maxCalls = 10_000): CallLog {
  const calls: NumberedCall[] = [];
  let count = 0;
  return {
    add(call) {
      calls.push({ ...call, number: ++count });
      if (calls.length > maxCalls * 1.1) calls.splice(0, calls.length - maxCalls);
    },
    recent: (tenant) => calls.filter((c) => c.tenant === tenant).reverse(),
  };
}
