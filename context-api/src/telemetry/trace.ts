import { AsyncLocalStorage } from "node:async_hooks";

/** The request that work is done for. Log lines and logged calls carry it, wherever they are written. */
export interface Trace {
  requestId: string;
  /** W3C Trace Context, 32 hexadecimal digits; null where the caller sent none. */
  traceId: string | null;
}

const current = new AsyncLocalStorage<Trace>();

export const withTrace = <T>(trace: Trace, work: () => T): T => current.run(trace, work);
export const currentTrace = (): Trace | undefined => current.getStore();

// https://www.w3.org/TR/trace-context/#traceparent-header: a later version may add members, never take any away.
const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/** The trace id of a `traceparent` header; null when it isn't one, as the specification asks. */
export function readTraceId(header: string | undefined): string | null {
  const found = header === undefined ? null : traceparent.exec(header);
  if (!found || (header!.startsWith("00-") && found[2] !== undefined)) return null;
  return found[1]!;
}
