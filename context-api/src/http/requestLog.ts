import { randomUUID } from "node:crypto";
import type { Actor } from "../services/actor.ts";
import { readTraceId, type Trace } from "../telemetry/trace.ts";
import type { HttpDeps } from "./deps.ts";

/** A request id that a caller may choose: harmless to print. */
const requestIdForm = /^[A-Za-z0-9._-]{8,64}$/;

/** A request that takes longer is logged, in seconds. */
const slowSeconds = 1.5;

/** The ids of a request from its headers `x-request-id` and `traceparent`. */
export function traceOf(callersId: string | undefined, traceparent: string | undefined): Trace {
  const traceId = readTraceId(traceparent);
  const requestId = callersId !== undefined && requestIdForm.test(callersId) ? callersId : (traceId ?? randomUUID());
  return { requestId, traceId };
}

export interface AnsweredRequest {
  requestId: string;
  method: string;
  /** The route instead of the path: it names no customer. */
  route: string;
  status: number;
  /** `performance.now()` at the start. */
  startedAt: number;
  actor?: Actor | undefined;
}

/** Counts an answered request, and logs it when it was slow or every request is logged. */
export function recordRequest({ metrics, logger, accessLog }: HttpDeps, request: AnsweredRequest): void {
  const { requestId, method, route, status, startedAt, actor } = request;
  const elapsedMs = performance.now() - startedAt;
  metrics.requests.count(route, method, status, elapsedMs / 1000);
  const ms = Math.round(elapsedMs);
  if (elapsedMs > slowSeconds * 1000) logger.warn({ route, method, status, ms }, "slow request");
  if (!accessLog) return;
  const { tenant, keyId, role } = actor ?? {};
  logger.info({ requestId, method, route, status, ms, tenant, keyId, role }, "request");
}
