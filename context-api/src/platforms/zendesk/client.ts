import type { z } from "zod";
import { PlatformError } from "../errors.ts";
import { createHttp, type PlatformResponse, readJson, retryAfter } from "../http.ts";
import type { CallOptions, ConnectionTools } from "../platform.ts";
import { createTokenSource } from "../token.ts";
import { withSecret } from "../withSecret.ts";
import type { ZendeskOptions } from "./options.ts";
import { WireToken } from "./wire.ts";

/** `core` counts every request, `export` the incremental exports on top (10 a minute). */
export type ZendeskPool = "core" | "export";

export interface ZendeskClient {
  /** GETs `path` below the account and reads the answer by `schema`. `route` is the path without its values. */
  get<T extends z.ZodType>(path: string, route: string, schema: T, options: CallOptions, pool?: ZendeskPool): Promise<z.infer<T>>;
  close(): Promise<void>;
}

const platform = "zendesk";

export function createClient(options: ZendeskOptions, tools: ConnectionTools): ZendeskClient {
  const http = createHttp(platform, tools);
  const base = options.url.replace(/\/$/, "");
  // Signing in is on behalf of everyone who waits: no single caller's deadline ends it.
  const signIn = { lane: "interactive", signal: new AbortController().signal } as const;
  const bySecret = withSecret(tools, options.auth.clientSecret);
  const tokens = createTokenSource(() => bySecret(fetchToken), tools.now);

  return {
    close: http.close,
    async get(path, route, schema, call, pool = "core") {
      const response = await authorised(path, route, call, pool);
      const parsed = schema.safeParse(await readJson(platform, response));
      if (parsed.success) return parsed.data;
      const issue = parsed.error.issues[0];
      // The issue's path names fields, never values.
      throw new PlatformError(
        "unavailable",
        platform,
        `Zendesk's answer has an unknown form at ${issue?.path.join(".") || "its root"}.`,
      );
    },
  };

  async function authorised(path: string, route: string, call: CallOptions, pool: ZendeskPool): Promise<PlatformResponse> {
    for (let attempt = 1; ; attempt++) {
      const token = await tokens.get();
      const headers = { authorization: `Bearer ${token}`, accept: "application/json" };
      const response = await http.send({ method: "GET", url: base + path, route, headers }, { ...call, pool });
      readAllowance(response, pool);
      if (response.status === 200) return response;
      const error = await toError(response);
      if (response.status !== 401 || attempt > 1) throw error;
      tokens.refused(token);
    }
  }

  async function fetchToken(clientSecret: string) {
    const body = {
      grant_type: "client_credentials",
      client_id: options.auth.clientId,
      client_secret: clientSecret,
      scope: "read",
    };
    const response = await http.send(
      {
        method: "POST",
        url: `${base}/oauth/tokens`,
        route: "/oauth/tokens",
        headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify(body),
      },
      { ...signIn, pool: "core" },
    );
    if (response.status !== 200 && response.status !== 201) {
      const error = await toError(response);
      if (response.status >= 500 || response.status === 429) throw error;
      throw new PlatformError("unauthorized", platform, "Zendesk refused the OAuth client's credentials.", {
        status: response.status,
      });
    }
    const token = WireToken.safeParse(await readJson(platform, response));
    if (!token.success) throw new PlatformError("unavailable", platform, "Zendesk's token answer has an unknown form.");
    const { access_token, expires_in } = token.data;
    return { value: access_token, expiresAt: expires_in ? tools.now() + expires_in * 1000 : null };
  }

  function readAllowance(response: PlatformResponse, pool: ZendeskPool): void {
    const { headers } = response;
    if (response.status === 429) {
      tools.onAllowance(pool, { limit: 0, remaining: 0, resetAt: retryAfter(headers, tools.now()) ?? tools.now() + 60_000 });
      return;
    }
    const remaining = Number(headers["ratelimit-remaining"] ?? headers["x-rate-limit-remaining"] ?? Number.NaN);
    const limit = Number(headers["ratelimit-limit"] ?? headers["x-rate-limit"] ?? Number.NaN);
    const reset = Number(headers["ratelimit-reset"] ?? Number.NaN);
    if (!Number.isFinite(remaining)) return;
    tools.onAllowance("core", { limit, remaining, resetAt: Number.isFinite(reset) ? tools.now() + reset * 1000 : null });
  }

  async function toError(response: PlatformResponse): Promise<PlatformError> {
    // The body may quote what was searched for, so it is read to free the connection and not repeated.
    await response.text().catch(() => "");
    const { status } = response;
    const retryAt = retryAfter(response.headers, tools.now());
    if (status === 429)
      return new PlatformError("rate_limited", platform, "Zendesk's rate limit is reached.", { status, retryAt });
    if (status === 401) return new PlatformError("unauthorized", platform, "Zendesk refused the access token.", { status });
    if (status === 403)
      return new PlatformError("unauthorized", platform, "Zendesk denies this OAuth client the call.", { status });
    if (status === 404) return new PlatformError("not_found", platform, "Zendesk has no such object.", { status });
    if (status >= 500) return new PlatformError("unavailable", platform, `Zendesk answered ${status}.`, { status, retryAt });
    return new PlatformError("rejected", platform, `Zendesk refused the request (${status}).`, { status });
  }
}
