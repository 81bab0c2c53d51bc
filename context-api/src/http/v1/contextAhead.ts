import type { ServerResponse } from "node:http";
import type { CachedAnswer } from "../../cache/answerCache.ts";
import type { Authenticated } from "../../services/actors/authenticate.ts";
import { recordPanelView } from "../../services/contexts/panelView.ts";
import { addLayout } from "../../services/panels/withLayout.ts";
import { preferredCoding } from "../acceptEncoding.ts";
import type { AheadHandler } from "../ahead.ts";
import type { RouteDeps } from "../deps.ts";
import { limitNameOf } from "../rateLimit.ts";
import { type RequestFields, readFields } from "../requestFields.ts";
import { recordRequest, traceOf } from "../requestLog.ts";
import { recordRequestSpan } from "../requestSpan.ts";
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
    const { url = "", method } = request;
    if (method !== "GET" || !url.startsWith(prefix)) return false;
    const startedAt = performance.now();
    const fields = readFields(request);
    if (!fields || isUnusual(fields)) return false;
    const { authorization = "", host = "" } = fields;
    const caller = authenticate.remembered(authorization);
    const read = caller ? warmReads.find(url, host, caller) : null;
    const answer = caller && read ? caller.served.contexts.cached(read.key) : null;
    const shown = read && answer ? addLayout(answer, read.layout) : null;
    const form = read && shown ? warmForm(read, shown, preferredCoding(fields["accept-encoding"]), commonHeaders) : null;
    const limit = caller && form ? rateLimit.tryTake(limitNameOf(caller.actor), 1) : null;
    if (!caller || !answer || !shown || !form || !limit) return false;
    send(response, { fields, caller, answer, etag: shown.etag, form, limit, startedAt });
    return true;
  };

  interface Warm {
    fields: RequestFields;
    caller: Authenticated;
    answer: CachedAnswer;
    /** Of the answer with its layout. */
    etag: string;
    form: WarmForm;
    /** Headers of the rate limit. */
    limit: Record<string, string>;
    startedAt: number;
  }

  function send(response: ServerResponse, { fields, caller, answer, etag, form, limit, startedAt }: Warm): void {
    const { actor, served } = caller;
    recordPanelView(served, fields["x-sidelight-panel"], answer);
    const { requestId } = traceOf(fields["x-request-id"], fields.traceparent);
    const ifNoneMatch = fields["if-none-match"];
    const isNotModified = ifNoneMatch !== undefined && (ifNoneMatch === form.etag || isMatch(ifNoneMatch, etag));
    const status = isNotModified ? 304 : 200;
    const headers = (isNotModified ? form.headersOf304 : form.headersOf200).slice();
    for (const name in limit) headers.push(name, limit[name] ?? "");
    if (fields.origin !== undefined) headers.push("access-control-allow-origin", "*");
    const ms = (performance.now() - startedAt).toFixed(2);
    headers.push("x-request-id", requestId, "server-timing", `total;dur=${ms}`);
    response.writeHead(status, headers);
    response.end(isNotModified ? undefined : form.body);
    recordRequest(deps, { requestId, method: "GET", route: contextRoute, status, startedAt, actor });
    recordRequestSpan({ method: "GET", traceparent: fields.traceparent }, { route: contextRoute, status, startedAt });
    deps.metrics.contextAnswers.count(actor.tenant, "memory");
  }
}

/** A request with a body, one for another person than the caller, or one that expects more than an answer. */
const isUnusual = (fields: RequestFields): boolean =>
  fields["content-length"] !== undefined ||
  fields["x-sidelight-assertion"] !== undefined ||
  fields["transfer-encoding"] !== undefined ||
  fields.expect !== undefined ||
  fields.upgrade !== undefined;
