import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { CachedAnswer } from "../../cache/answerCache.ts";
import type { Authenticated } from "../../services/actors/authenticate.ts";
import { recordPanelView } from "../../services/contexts/panelView.ts";
import { preferredCoding } from "../acceptEncoding.ts";
import { type AheadHandler, countHeader } from "../ahead.ts";
import type { RouteDeps } from "../deps.ts";
import { limitNameOf } from "../rateLimit.ts";
import { recordRequest, traceOf } from "../requestLog.ts";
import { type WarmForm, warmForm } from "../warmReads.ts";
import { isMatch } from "./contextResponse.ts";
import { contextRoute } from "./getContext.ts";

const prefix = "/v1/context/";

/**
 * Answers a context from memory without the router: for a caller and a request target that the router has answered before. Everything
 * else is left to the router: another form of the request, an answer that is no longer valid, a caller above the rate limit.
 */
export function contextAhead(deps: RouteDeps, versionHeaders: Record<string, string>): AheadHandler {
  const { authenticate, rateLimit, warmReads } = deps;
  const commonHeaders = Object.entries({ ...versionHeaders, "x-content-type-options": "nosniff" }).flat();

  return (request, response) => {
    const { url = "", method, headers } = request;
    const { authorization, host = "" } = headers;
    if (method !== "GET" || authorization === undefined || !url.startsWith(prefix) || isUnusual(request)) return false;
    const startedAt = performance.now();
    const caller = authenticate.remembered(authorization);
    const read = caller ? warmReads.find(url, host, caller) : null;
    const answer = caller && read ? caller.served.contexts.cached(read.key) : null;
    const form = read && answer ? warmForm(read, answer, preferredCoding(headers["accept-encoding"])) : null;
    const limit = caller && form ? rateLimit.tryTake(limitNameOf(caller.actor), 1) : null;
    if (!caller || !answer || !form || !limit) return false;
    send(response, { headers, caller, answer, form, limit, startedAt });
    return true;
  };

  interface Warm {
    headers: IncomingHttpHeaders;
    caller: Authenticated;
    answer: CachedAnswer;
    form: WarmForm;
    /** Headers of the rate limit. */
    limit: Record<string, string>;
    startedAt: number;
  }

  function send(response: ServerResponse, { headers, caller, answer, form, limit, startedAt }: Warm): void {
    const { actor, served } = caller;
    recordPanelView(served, textOf(headers["x-sidelight-panel"]), answer);
    const { requestId } = traceOf(textOf(headers["x-request-id"]), textOf(headers["traceparent"]));
    const ifNoneMatch = headers["if-none-match"];
    const isNotModified = ifNoneMatch !== undefined && (ifNoneMatch === form.etag || isMatch(ifNoneMatch, answer.etag));
    const status = isNotModified ? 304 : 200;
    const fields = (isNotModified ? form.headersOf304 : form.headersOf200).concat(commonHeaders);
    for (const name in limit) fields.push(name, limit[name] ?? "");
    if (headers.origin !== undefined) fields.push("access-control-allow-origin", "*");
    const ms = (performance.now() - startedAt).toFixed(2);
    fields.push("x-request-id", requestId, "server-timing", `total;dur=${ms}`);
    response.writeHead(status, fields);
    response.end(isNotModified ? undefined : form.body);
    recordRequest(deps, { requestId, method: "GET", route: contextRoute, status, startedAt, actor });
    deps.metrics.contextAnswers.count(actor.tenant, "memory");
  }
}

/** A request with a body, one that expects more than an answer, or one with two callers. */
const isUnusual = (request: IncomingMessage): boolean =>
  request.headers["content-length"] !== undefined ||
  request.headers["transfer-encoding"] !== undefined ||
  request.headers.expect !== undefined ||
  request.headers.upgrade !== undefined ||
  countHeader(request, "authorization") > 1;

/** Node joins a repeated header of these, so there is one text. */
const textOf = (value: string | string[] | undefined): string | undefined => (typeof value === "string" ? value : undefined);
