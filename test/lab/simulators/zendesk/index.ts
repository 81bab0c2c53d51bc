import { type Context, json } from "../context.ts";
import { routes } from "../router.ts";
import type { Simulator } from "../server.ts";
import { accountRoutes } from "./account.ts";
import { allowed, authorise, expire, grantOf, token } from "./auth.ts";
import { type ResponseParts, refuse, ZendeskError } from "./errors.ts";
import { incrementalRoutes } from "./incremental.ts";
import { accountLimits } from "./limits.ts";
import { organizationRoutes } from "./organizations.ts";
import { searchRoutes } from "./search.ts";
import { appId, appKeyOf } from "./signedUrl.ts";
import { ticketRoutes } from "./tickets.ts";
import { userRoutes } from "./users.ts";
import { userTagRoutes } from "./userTags.ts";

const TOKEN = "/oauth/tokens";

export function zendesk(ctx: Context): Simulator {
  const limits = accountLimits(ctx);
  const api = routes<ResponseParts>();
  incrementalRoutes(api, ctx);
  ticketRoutes(api, ctx, limits);
  userRoutes(api, ctx);
  userTagRoutes(api, ctx);
  organizationRoutes(api, ctx);
  searchRoutes(api, ctx);
  accountRoutes(api, ctx);

  const fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    // Every path works with and without the old `.json` suffix.
    const path = url.pathname.replace(/\.json$/, "");
    if (path === TOKEN) return token(ctx, request);
    if (path === "/oauth/authorizations/new" && request.method === "GET") return authorise(ctx, url);
    const grant = grantOf(ctx, request);
    if (grant instanceof Response) return grant;
    const rateLimited = limits.request(path);
    if (rateLimited) return problem(rateLimited, {});
    if (!allowed(grant, request.method, path)) return refuse(403, FORBIDDEN, limits.headers());
    if (path.startsWith("/api/v2/incremental/") && !isAdmin(ctx)) return refuse(403, FORBIDDEN, limits.headers());
    if (request.method === "GET" && path === `/api/v2/apps/${appId}/public_key.pem`)
      return new Response(appKeyOf(ctx.secrets).publicKey, { headers: { ...limits.headers(), "content-type": "text/plain" } });
    try {
      const call = {
        method: request.method,
        path,
        query: url.searchParams,
        headers: request.headers,
        text: await request.text(),
      };
      const answer = api.run(call);
      if (!answer) return refuse(404, { error: "InvalidEndpoint", description: "Not found" }, limits.headers());
      return json(answer.body ?? null, answer.status, { ...limits.headers(), ...answer.headers });
    } catch (error) {
      if (error instanceof ZendeskError) return problem(error, limits.headers());
      throw error;
    }
  };

  return {
    platform: "zendesk",
    tenant: ctx.world.tenant,
    fetch,
    isTokenEndpoint: (path) => path.startsWith("/oauth/"),
    refusals: {
      rateLimit: () => problem(limits.exceeded("Number of allowed API requests per minute exceeded", 2), {}),
      expireToken: (request) => expire(ctx, request),
      error: (status) =>
        // Clients treat 503 with Retry-After like 429.
        refuse(
          status,
          { error: status === 503 ? "ServiceUnavailable" : "InternalError", description: "Please try again later" },
          status === 503 ? { "retry-after": "2" } : {},
        ),
    },
  };
}

const FORBIDDEN = {
  error: {
    title: "Forbidden",
    message: "You do not have access to this page. Please contact the account owner of this help desk for further help.",
  },
};

const isAdmin = (ctx: Context): boolean => ctx.world.zendesk.users.get(ctx.world.zendesk.integrationUser)?.role === "admin";

const problem = (error: ZendeskError, headers: Record<string, string>): Response =>
  refuse(error.status, error.body, { ...headers, ...error.headers });
