import { createTokenSource } from "@sidelight/platform-kit/accessToken.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import {
  admitted,
  createHttp,
  type PlatformRequest,
  type PlatformResponse,
  readJson,
  retryAfter,
} from "@sidelight/platform-kit/http.ts";
import type { CallOptions, ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { withSecret } from "@sidelight/platform-kit/signInWithSecret.ts";
import type { z } from "zod";
import { readAllowance, type ZendeskPool } from "./allowance.ts";
import type { ZendeskOptions } from "./options.ts";
import { ZendeskRefusal } from "./refusal.ts";
import { WireToken } from "./wire.ts";

export interface ZendeskClient {
  /** GETs `path` below the account and reads the answer by `schema`. `route` is the path without its values. */
  get<T extends z.ZodType>(path: string, route: string, schema: T, options: CallOptions, pool?: ZendeskPool): Promise<z.infer<T>>;
  /** Writes, and reads the answer by `schema`. @throws {ZendeskRefusal} when Zendesk refused what was to be written */
  write<T extends z.ZodType>(write: ZendeskWrite, schema: T, options: CallOptions): Promise<z.infer<T>>;
  close(): Promise<void>;
}

export interface ZendeskWrite {
  method: "POST" | "PUT";
  path: string;
  /** The path without its values. */
  route: string;
  body: unknown;
  /** Sent as `Idempotency-Key`. */
  key?: string;
  /** `updates` for an update of a single ticket, which has a limit of its own. */
  pool?: ZendeskPool;
}

const platform = "zendesk";
/** A write waits for the account's own triggers. */
const writeTimeoutMs = 20_000;

export function createClient(options: ZendeskOptions, tools: ConnectionTools): ZendeskClient {
  const http = createHttp(platform, tools);
  const base = options.url.replace(/\/$/, "");
  // Signing in is on behalf of everyone who waits: no single caller's deadline ends it.
  const signIn = { lane: "interactive", signal: new AbortController().signal } as const;
  const tokensFor = (scope: string) => {
    // A scope that is refused must not pause signing in for the other.
    const bySecret = withSecret(tools, options.auth.clientSecret);
    return createTokenSource(() => bySecret((secret) => fetchToken(secret, scope)), tools.now);
  };
  // A connection that never writes never asks for the right to.
  const tokens = { read: tokensFor("read"), write: tokensFor("tickets:write users:write") };

  return {
    close: http.close,
    async get(path, route, schema, call, pool = "core") {
      return await read(await authorised("read", { method: "GET", url: base + path, route, headers: {} }, call, pool), schema);
    },
    async write({ method, path, route, body, key, pool = "core" }, schema, call) {
      if (pool !== "core") await admitted(platform, () => tools.admit(call.lane, pool, call.signal));
      const headers = { "content-type": "application/json", ...(key === undefined ? {} : { "idempotency-key": key }) };
      const request = { method, url: base + path, route, headers, body: JSON.stringify(body) };
      return await read(await authorised("write", request, { ...call, timeoutMs: writeTimeoutMs }, pool), schema);
    },
  };

  async function read<T extends z.ZodType>(response: PlatformResponse, schema: T): Promise<z.infer<T>> {
    const parsed = schema.safeParse(await readJson(platform, response));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    // The issue's path names fields, never values.
    throw new PlatformError(
      "unavailable",
      platform,
      `Zendesk's answer has an unknown form at ${issue?.path.join(".") || "its root"}.`,
    );
  }

  async function authorised(
    right: keyof typeof tokens,
    request: PlatformRequest,
    call: CallOptions & { timeoutMs?: number },
    pool: ZendeskPool,
  ): Promise<PlatformResponse> {
    for (let attempt = 1; ; attempt++) {
      const token = await tokens[right].get();
      const headers = { ...request.headers, authorization: `Bearer ${token}`, accept: "application/json" };
      const counted = pool === "updates" ? "core" : pool;
      const response = await http.send({ ...request, headers }, { ...call, pool: counted });
      readAllowance(response, pool, tools);
      if (response.status === 200 || response.status === 201) return response;
      const error = await toError(response);
      if (response.status !== 401 || attempt > 1) throw error;
      tokens[right].refused(token);
    }
  }

  async function fetchToken(clientSecret: string, scope: string) {
    const body = {
      grant_type: "client_credentials",
      client_id: options.auth.clientId,
      client_secret: clientSecret,
      scope,
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
      throw new PlatformError("invalid_credentials", platform, "Zendesk refused the OAuth client's credentials.", {
        status: response.status,
      });
    }
    const token = WireToken.safeParse(await readJson(platform, response));
    if (!token.success) throw new PlatformError("unavailable", platform, "Zendesk's token answer has an unknown form.");
    const { access_token, expires_in } = token.data;
    return { value: access_token, expiresAt: expires_in ? tools.now() + expires_in * 1000 : null };
  }

  async function toError(response: PlatformResponse): Promise<PlatformError> {
    // The body may quote what was searched for or written, so it is read to free the connection and not repeated.
    const said = await response.text().catch(() => "");
    const { status } = response;
    const retryAt = retryAfter(response.headers, tools.now());
    if (status === 429)
      return new PlatformError("rate_limited", platform, "Zendesk's rate limit is reached.", { status, retryAt });
    if (status === 401)
      return new PlatformError("invalid_credentials", platform, "Zendesk refused the access token.", { status });
    if (status === 403)
      return new PlatformError("invalid_credentials", platform, "Zendesk denies this OAuth client the call.", { status });
    if (status === 404) return new PlatformError("not_found", platform, "Zendesk has no such object.", { status });
    if (status >= 500) return new PlatformError("unavailable", platform, `Zendesk answered ${status}.`, { status, retryAt });
    return new ZendeskRefusal(status, said);
  }
}
