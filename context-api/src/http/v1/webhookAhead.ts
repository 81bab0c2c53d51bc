import type { IncomingMessage, ServerResponse } from "node:http";
import { withTrace } from "../../telemetry/trace.ts";
import { type AheadHandler, endOfTurn, hasPlainHost, headersOf, sendProblem, sendText } from "../ahead.ts";
import { type ClientAddress, createClientAddress } from "../clientAddress.ts";
import type { RouteDeps } from "../deps.ts";
import { problemOf } from "../problem.ts";
import { discardBody, readRawBody } from "../rawBody.ts";
import { recordRequest, traceOf } from "../requestLog.ts";
import { withRequestSpan } from "../requestSpan.ts";
import { webhookRoute } from "./postWebhook.ts";

/** Segments without escapes and without dots in front, which a URL parser would change. */
const plainTarget = /^\/v1\/webhooks\/([\w~-][\w.~-]*)\/([\w-]+)\/([\w~-][\w.~-]*)(?:\?[\w.~=&-]*)?$/;

/** The webhook route without the router: a request costs a third of what it costs there. */
export function webhookAhead(deps: RouteDeps, versionHeaders: Record<string, string>): AheadHandler {
  const clientAddress = createClientAddress(deps.trustedProxies, deps.forwardedHeader);
  return (request, response) => {
    if (request.method !== "POST") return false;
    const [, tenant, platform, token] = plainTarget.exec(request.url ?? "") ?? [];
    if (tenant === undefined || platform === undefined || token === undefined || !hasPlainHost(request)) return false;
    const { traceparent } = request.headers as Record<string, string | undefined>;
    void withRequestSpan({ method: "POST", traceparent }, async (endSpan) => {
      await answer(request, response, { tenant, platform, token }, { deps, clientAddress, versionHeaders });
      endSpan(webhookRoute, response.statusCode);
    });
    return true;
  };
}

interface Path {
  tenant: string;
  platform: string;
  token: string;
}

interface AnswerDeps {
  deps: RouteDeps;
  clientAddress: ClientAddress;
  versionHeaders: Record<string, string>;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  path: Path,
  { deps, clientAddress, versionHeaders }: AnswerDeps,
): Promise<void> {
  const startedAt = performance.now();
  // Only `set-cookie` has several values, and no webhook reads it.
  const headers = request.headers as Record<string, string>;
  const trace = traceOf(headers["x-request-id"], headers["traceparent"]);
  const { requestId } = trace;
  const from = clientAddress(request.socket.remoteAddress ?? null, headers[deps.forwardedHeader]);
  const readBody = (maxBytes: number) => readRawBody(request, maxBytes);
  try {
    const { status, contentType, body } = await withTrace(trace, () => deps.receiveWebhook({ ...path, headers, from, readBody }));
    await endOfTurn();
    sendText(response, status, { "content-type": contentType, ...versionHeaders, ...headersOf(requestId, startedAt) }, body);
  } catch (error) {
    const problem = problemOf(error);
    const isOurs = problem !== error && !(request.destroyed && !request.complete);
    if (isOurs) deps.logger.error({ err: error, requestId, route: webhookRoute }, "request failed");
    sendProblem(response, problem, requestId, { ...versionHeaders, ...headersOf(requestId, startedAt) });
    discardBody(request, response);
  }
  recordRequest(deps, { requestId, method: "POST", route: webhookRoute, status: response.statusCode, startedAt });
}
