import { type Context, json } from "../context.ts";
import { routes } from "../router.ts";
import type { Simulator } from "../server.ts";
import { deletionRoutes } from "./deletions.ts";
import { MixpanelError, type ResponseParts, rateLimited } from "./errors.ts";
import { exportRoutes } from "./export.ts";
import { importEvents } from "./import.ts";
import { ingestRoutes } from "./ingest.ts";
import { projectLimits } from "./limits.ts";
import { queryRoutes } from "./query.ts";

/** Query, export, ingestion and privacy hosts of one project, under one address in the lab. */
export function mixpanel(ctx: Context): Simulator {
  const limits = projectLimits(ctx);
  const api = routes<ResponseParts>();
  queryRoutes(api, ctx, limits);
  exportRoutes(api, ctx, limits);
  ingestRoutes(api, ctx);
  deletionRoutes(api, ctx, limits);

  const fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    if (url.pathname === "/import" && request.method === "POST") return toResponse(await importEvents(ctx, request));
    try {
      const call = {
        method: request.method,
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        text: await request.text(),
      };
      const answer = api.run(call);
      return answer ? toResponse(answer) : json({ error: "Not found", status: "error" }, 404);
    } catch (error) {
      if (error instanceof MixpanelError) return json(error.body, error.status);
      throw error;
    }
  };

  let activeQueries = 0;
  return {
    platform: "mixpanel",
    tenant: ctx.world.tenant,
    fetch,
    isTokenEndpoint: () => false,
    admit(path) {
      if (!path.startsWith("/api/query/")) return () => {};
      if (activeQueries >= ctx.limits.mixpanel.concurrentQueries) return rateLimited();
      activeQueries++;
      return () => void activeQueries--;
    },
    refusals: {
      rateLimit: rateLimited,
      // A service account has no token to renew, so this fault refuses single requests.
      expireToken: () => json({ code: 401, error: "Invalid credentials", status: "Unauthorized" }, 401),
      error: (status) =>
        json({ error: status === 503 ? "Service temporarily unavailable" : "Internal server error", status: "error" }, status),
    },
  };
}

function toResponse(answer: ResponseParts): Response {
  if (answer.response) return answer.response;
  if (answer.text !== undefined)
    return new Response(answer.text, { status: answer.status, headers: { "content-type": "text/plain" } });
  return json(answer.body, answer.status);
}
