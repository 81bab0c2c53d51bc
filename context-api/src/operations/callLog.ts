/** One outgoing call, as it may be shown: no personal value, no secret, no query. */
export interface LoggedCall {
  at: number;
  tenant: string;
  connection: string;
  platform: string;
  route: string;
  status: number;
  ms: number;
  bytes: number;
  lane: string;
}

export interface CallLog {
  add(call: LoggedCall): void;
  recent(tenant: string): LoggedCall[];
}

/** The last calls to the platforms, in memory. */
export function createCallLog(most = 2000): CallLog {
  const calls: LoggedCall[] = [];
  return {
    add(call) {
      calls.push(call);
      if (calls.length > most) calls.splice(0, calls.length - most);
    },
    recent: (tenant) => calls.filter((c) => c.tenant === tenant),
  };
}
