import { createTokenSource } from "@sidelight/platform-kit/accessToken.ts";
import { tokenExpiry } from "@sidelight/platform-kit/bounds.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import {
  acquireQuota,
  createHttp,
  type PlatformRequest,
  type PlatformResponse,
  readJson,
  retryAfter,
} from "@sidelight/platform-kit/http.ts";
import { isStandardOAuthError } from "@sidelight/platform-kit/oauthError.ts";
import type { CallOptions, ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { withSecret } from "@sidelight/platform-kit/signInWithSecret.ts";
import { z } from "zod";
import type { ZendeskOptions } from "./options.ts";
import { reportQuota, type ZendeskQuota } from "./quota.ts";
import { ZendeskForbidden, ZendeskRefusal } from "./refusal.ts";
import { WireToken } from "./wire.ts";

export interface ZendeskClient {
  /** GETs `path` of the account and parses the response by `schema`. `route` is the path without parameter values. */
  get<T extends z.ZodType>(
    path: string,
    route: string,
    schema: T,
    options: CallOptions,
    quota?: ZendeskQuota,
  ): Promise<z.infer<T>>;
  /** GETs a text that is no JSON. */
  getText(path: string, route: string, options: CallOptions): Promise<string>;
  /** Writes and parses the response by `schema`. @throws {ZendeskRefusal} when Zendesk refuses the input */
  write<T extends z.ZodType>(write: ZendeskWrite, schema: T, options: CallOptions): Promise<z.infer<T>>;
  close(): Promise<void>;
}

export interface ZendeskWrite {
  method: "POST" | "PUT";
  path: string;
  /** The path without parameter values. */
  route: string;
  body: unknown;
  /** Sent as `Idempotency-Key`. */
  key?: string;
  /** `updates` for an update of a single ticket, which has its own rate limit. */
  quota?: ZendeskQuota;
  /** What the access token must allow; tickets and users when left out. */
  access?: "writeOrganizations" | "writeAccount";
}

const platform = "zendesk";
/** A write also waits for the account's triggers. */
const writeTimeoutMs = 20_000;

export function createClient(options: ZendeskOptions, tools: ConnectionTools): ZendeskClient {
  const http = createHttp(platform, tools);
  const base = options.url.replace(/\/$/, "");
  // A sign-in serves all waiting callers, so the deadline of one caller must not abort it.
  const signIn = { priority: "interactive", signal: new AbortController().signal } as const;
  const tokensFor = (scope: string) => {
    // A refused scope must not pause the sign-in for the other scope.
    const bySecret = withSecret(tools, options.auth.clientSecret);
    return createTokenSource(() => bySecret((secret) => fetchToken(secret, scope)), tools.monotonic);
  };
  // A connection that never writes does not request write access.
  const tokens = {
    read: tokensFor("read"),
    write: tokensFor("tickets:write users:write"),
    writeOrganizations: tokensFor("organizations:write"),
    /** For settings of the account, which have no scope of their own in every account. Used by `connect` only. */
    writeAccount: tokensFor("write"),
  };

  return {
    close: http.close,
    async get(path, route, schema, call, quota = "core") {
      return await parseResponse(
        await sendAuthorized("read", { method: "GET", url: base + path, route, headers: {} }, call, quota),
        schema,
      );
    },
    async getText(path, route, call) {
      const response = await sendAuthorized("read", { method: "GET", url: base + path, route, headers: {} }, call, "core", "*/*");
      return await response.text();
    },
    async write({ method, path, route, body, key, quota = "core", access }, schema, call) {
      if (quota !== "core") await acquireQuota(platform, () => tools.acquire(call.priority, quota, call.signal));
      const headers = { "content-type": "application/json", ...(key === undefined ? {} : { "idempotency-key": key }) };
      const request = { method, url: base + path, route, headers, body: JSON.stringify(body) };
      return await parseResponse(
        await sendAuthorized(access ?? "write", request, { ...call, timeoutMs: writeTimeoutMs }, quota),
        schema,
      );
    },
  };

  async function parseResponse<T extends z.ZodType>(response: PlatformResponse, schema: T): Promise<z.infer<T>> {
    const parsed = schema.safeParse(await readJson(platform, response));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    // The issue's path contains field names and no values.
    throw new PlatformError(
      "unavailable",
      platform,
      `Zendesk's response has an unexpected format at ${issue?.path.join(".") || "its root"}.`,
      { isPlatformFault: false },
    );
  }

  async function sendAuthorized(
    access: keyof typeof tokens,
    request: PlatformRequest,
    call: CallOptions & { timeoutMs?: number },
    quota: ZendeskQuota,
    accept = "application/json",
  ): Promise<PlatformResponse> {
    for (let attempt = 1; ; attempt++) {
      const token = await tokens[access].get();
      const headers = { ...request.headers, authorization: `Bearer ${token}`, accept };
      const accountQuota = quota === "updates" ? "core" : quota;
      const response = await http.send({ ...request, headers }, { ...call, quota: accountQuota });
      reportQuota(response, quota, tools);
      if (response.status === 200 || response.status === 201) return response;
      const error = await toError(response);
      if (response.status !== 401 || attempt > 1) throw error;
      tokens[access].invalidate(token);
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
      { ...signIn, quota: "core" },
    );
    if (response.status !== 200 && response.status !== 201) {
      if (response.status >= 500 || response.status === 429) throw await toError(response);
      const isRefusal = isStandardOAuthError(await response.text()) || response.status === 401;
      if (!isRefusal)
        throw new PlatformError(
          "unavailable",
          platform,
          `Zendesk answered the sign-in with ${response.status} and no OAuth error.`,
          {
            status: response.status,
            nextAction: "Check the URL of the connection, and whether a proxy of the network answers in its place.",
          },
        );
      throw new PlatformError("invalid_credentials", platform, "Zendesk refused the OAuth client's credentials.", {
        status: response.status,
      });
    }
    const token = WireToken.safeParse(await readJson(platform, response));
    if (!token.success) throw new PlatformError("unavailable", platform, "Zendesk's token response has an unexpected format.");
    const { access_token, expires_in } = token.data;
    return { value: access_token, expiresAt: tokenExpiry(expires_in, tools.monotonic()) };
  }

  async function toError(response: PlatformResponse): Promise<PlatformError> {
    // The body may contain customer data. It is read to free the connection, and never logged or shown.
    const body = await response.text().catch(() => "");
    const { status } = response;
    const retryAt = retryAfter(response.headers, tools.now());
    if (status === 429)
      return new PlatformError("rate_limited", platform, "Zendesk's rate limit is reached.", { status, retryAt });
    if (status === 401)
      return new PlatformError("invalid_credentials", platform, "Zendesk refused the access token.", { status });
    if (status === 403) return new ZendeskForbidden();
    // An error of a gateway in between must not count as a deleted record.
    if (status === 404 && !isZendeskError(body))
      return new PlatformError("unavailable", platform, "The answer 404 is not in Zendesk's format.", {
        status,
        nextAction: "Check the URL of the connection, and whether a proxy of the network answers in its place.",
      });
    if (status === 404)
      return new PlatformError("not_found", platform, "Zendesk has no such object. It may have been deleted.", { status });
    if (status >= 500) return new PlatformError("unavailable", platform, `Zendesk answered ${status}.`, { status, retryAt });
    return new ZendeskRefusal(status, body);
  }
}

const WireError = z.looseObject({ error: z.union([z.string().min(1), z.looseObject({})]) });

function isZendeskError(body: string): boolean {
  try {
    return WireError.safeParse(JSON.parse(body)).success;
  } catch {
    return false;
  }
}
