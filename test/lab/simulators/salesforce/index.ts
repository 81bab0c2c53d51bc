import { type Context, json } from "../context.ts";
import { routes } from "../router.ts";
import type { Simulator } from "../server.ts";
import { expire, INVALID_SESSION, identity, isAuthorized, revokeToken, token } from "./auth.ts";
import { collectionRoutes } from "./collections.ts";
import { bayeux } from "./cometd/bayeux.ts";
import { createBus } from "./cometd/bus.ts";
import { publishChanges } from "./cometd/changes.ts";
import { compositeRoutes } from "./composite.ts";
import { type ResponseParts, refuse, SalesforceError } from "./errors.ts";
import { queryRoutes } from "./query.ts";
import { quota } from "./quota.ts";
import { base } from "./render.ts";
import { sobjectRoutes } from "./sobjects.ts";

const VERSIONS = [
  ["Winter '26", "65.0"],
  ["Spring '26", "66.0"],
  ["Summer '26", "67.0"],
].map(([label, version]) => ({ label: label!, url: base(`v${version}`), version: version! }));
/** Codes and texts by status. 403: too many long requests at the same time, which is not the day's quota. */
const ERRORS: Record<number, [string, string]> = {
  400: ["QUERY_TIMEOUT", "Your query request was running for too long."],
  403: ["REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."],
  503: ["SERVER_UNAVAILABLE", "The server is temporarily unavailable"],
};
const UNKNOWN: [string, string] = [
  "UNKNOWN_EXCEPTION",
  "An unexpected error occurred. Please include this ErrorId if you contact support: 1427633-90433 (-1209443127)",
];
const TOKEN = "/services/oauth2/token";
/** "URI Too Long": the length of the URI exceeds the 16,384 byte limit. */
const MAX_URI = 16_384;

export function salesforce(ctx: Context): Simulator {
  const daily = quota(ctx);
  const bus = createBus(ctx);
  publishChanges(ctx, bus);
  const streaming = bayeux(
    ctx,
    bus,
    VERSIONS.map(({ version }) => version),
  );
  const api = routes<ResponseParts>();
  queryRoutes(api, ctx);
  collectionRoutes(api, ctx);
  compositeRoutes(api, ctx);
  sobjectRoutes(api, ctx);
  api.on("GET", "/services/data/:version/limits", () => ({ status: 200, body: daily.limits() }));
  api.on("GET", "/services/data/:version", (call) => {
    const root = base(call.params["version"]!);
    return {
      status: 200,
      body: {
        sobjects: `${root}/sobjects`,
        query: `${root}/query`,
        queryAll: `${root}/queryAll`,
        limits: `${root}/limits`,
        composite: `${root}/composite`,
      },
    };
  });

  const fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    if (url.pathname === TOKEN) return token(ctx, request);
    if (url.pathname === "/services/oauth2/revoke") return revokeToken(ctx, request);
    if (url.pathname === "/services/data" || url.pathname === "/services/data/") return json(VERSIONS);
    if (url.pathname.startsWith("/cometd/")) return streaming(request);
    if (request.url.length > MAX_URI)
      return new Response("<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>", {
        status: 414,
        headers: { "content-type": "text/html" },
      });
    if (!isAuthorized(ctx, request)) return INVALID_SESSION();
    if (url.pathname.startsWith("/id/")) return identity(ctx, url.pathname);
    if (!daily.take()) return overQuota();
    const headers = { "sforce-limit-info": daily.header() };
    const version = /^\/services\/data\/v([\d.]+)/.exec(url.pathname)?.[1];
    if (!VERSIONS.some((candidate) => candidate.version === version))
      return refuse(404, "NOT_FOUND", "The requested resource does not exist", headers);
    try {
      const call = {
        method: request.method,
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        text: await request.text(),
      };
      const answer = bus.as(originOf(request.headers, version!), () => api.run(call));
      if (answer) return toResponse(answer, headers);
      return api.hasPath(url.pathname)
        ? refuse(405, "METHOD_NOT_ALLOWED", `HTTP Method '${request.method}' not allowed.`, headers)
        : refuse(404, "NOT_FOUND", "The requested resource does not exist", headers);
    } catch (error) {
      if (error instanceof SalesforceError) return json(error.faults, error.status, headers);
      throw error;
    }
  };

  const overQuota = (): Response =>
    refuse(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", { "sforce-limit-info": daily.header() });
  return {
    platform: "salesforce",
    tenant: ctx.world.tenant,
    fetch,
    isTokenEndpoint: (path) => path.startsWith("/services/oauth2/"),
    refusals: {
      rateLimit: overQuota,
      expireToken: (request) => expire(ctx, request),
      error: (status) => refuse(status, ...(ERRORS[status] ?? UNKNOWN), { "sforce-limit-info": daily.header() }),
    },
  };
}

/** `Sforce-Call-Options: client=sidelight` */
function originOf(headers: Headers, version: string): string {
  const client = /(?:^|[;,\s])client=([^;,\s]+)/.exec(headers.get("sforce-call-options") ?? "")?.[1];
  return `com/salesforce/api/rest/${version}${client ? `;client=${client}` : ""}`;
}

function toResponse(answer: ResponseParts, headers: Record<string, string>): Response {
  const allHeaders = { ...headers, ...answer.headers };
  return answer.body === undefined
    ? new Response(null, { status: answer.status, headers: allHeaders })
    : json(answer.body, answer.status, allHeaders);
}
