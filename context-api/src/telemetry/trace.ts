import { AsyncLocalStorage } from "node:async_hooks";

/** The request that caused the work. All log lines and logged calls of that work contain it. */
export interface Trace {
  requestId: string;
  /** W3C Trace Context, 32 hexadecimal digits; null when the caller sent none. */
  traceId: string | null;
}

const current = new AsyncLocalStorage<Trace>();

export const withTrace = <T>(trace: Trace, work: () => T): T => current.run(trace, work);
export const currentTrace = (): Trace | undefined => current.getStore();

// https://www.w3.org/TR/trace-context/#traceparent-header: a later version may add members, never remove any.
const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The span of the caller that a `traceparent` header names. */
export interface RemoteParent {
  traceId: string;
  spanId: string;
  isSampled: boolean;
}

/** Null when the header is invalid, as the specification requires. */
export function readParent(header: string | undefined): RemoteParent | null {
  const [text, traceId, spanId, flags, laterMembers] = header === undefined ? [] : (traceparent.exec(header) ?? []);
  if (text === undefined || traceId === undefined || spanId === undefined) return null;
  if (text.startsWith("00-") && laterMembers !== undefined) return null;
  return { traceId, spanId, isSampled: (Number.parseInt(flags ?? "0", 16) & 1) === 1 };
}

/** The trace id of a `traceparent` header; null when the header is invalid. */
export const readTraceId = (header: string | undefined): string | null => readParent(header)?.traceId ?? null;
