import { randomBytes } from "node:crypto";
import { type Context, json } from "../context.ts";
import { bearer, findGrant, type Grant, issue, revoke, revokeFamily } from "../tokens.ts";
import { refuse } from "./errors.ts";

const SCOPES = new Set([
  "read",
  "write",
  "tickets:read",
  "tickets:write",
  "users:read",
  "users:write",
  "organizations:read",
  "organizations:write",
]);
const REFRESH_SECONDS = 30 * 86_400;

const oauthError = (status: number, error: string, error_description: string): Response =>
  json({ error, error_description }, status);

/** `POST /oauth/tokens`: JSON or form, both accepted by Zendesk. */
export async function token(ctx: Context, request: Request): Promise<Response> {
  if (request.method !== "POST") return refuse(404, { error: "InvalidEndpoint", description: "Not found" });
  const input = await fields(request);
  const { clientId, clientSecret } = ctx.secrets.zendesk;
  if (input["client_id"] !== clientId || input["client_secret"] !== clientSecret) {
    return oauthError(
      401,
      "invalid_client",
      "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.",
    );
  }
  const scope = input["scope"] ?? "read write";
  if (!scope.split(" ").every((word) => SCOPES.has(word)))
    return oauthError(400, "invalid_scope", "The requested scope is invalid, unknown, or malformed.");
  switch (input["grant_type"]) {
    case "client_credentials":
      // RFC 6749 §4.4.3: no refresh token with this grant.
      return json(granted(ctx, scope, false));
    case "authorization_code":
      return withCode(ctx, input);
    case "refresh_token":
      return refreshed(ctx, input["refresh_token"] ?? "");
    default:
      return oauthError(
        400,
        "unsupported_grant_type",
        "The authorization grant type is not supported by the authorization server.",
      );
  }
}

async function fields(request: Request): Promise<Record<string, string>> {
  const text = await request.text();
  if (!/json/i.test(request.headers.get("content-type") ?? "")) return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    return {};
  }
}

function granted(ctx: Context, scope: string, refreshable: boolean): Record<string, unknown> {
  const now = ctx.clock.now();
  const family = randomBytes(8).toString("hex");
  const grant = (kind: Grant["kind"], seconds: number): Grant => ({
    kind,
    scope,
    family,
    clientId: ctx.secrets.zendesk.clientId,
    expiresAt: now + seconds * 1000,
  });
  const expires_in = ctx.limits.zendesk.tokenSeconds;
  const access_token = issue(ctx, (random) => random, grant("access", expires_in));
  const answer = { access_token, token_type: "bearer", scope, expires_in };
  if (!refreshable) return answer;
  return {
    ...answer,
    refresh_token: issue(ctx, (random) => random, grant("refresh", REFRESH_SECONDS)),
    refresh_token_expires_in: REFRESH_SECONDS,
  };
}

/** "When a refresh token is used, the old access token and the old refresh token are deleted." */
function refreshed(ctx: Context, refreshToken: string): Response {
  const grant = findGrant(ctx, refreshToken, "refresh");
  if (!grant)
    return oauthError(
      400,
      "invalid_grant",
      "The provided authorization grant is invalid, expired, revoked, or was issued to another client.",
    );
  revokeFamily(ctx, grant.family);
  return json(granted(ctx, grant.scope, true));
}

interface Code {
  redirect: string;
  scope: string;
  expiresAt: number;
}
const CODE = "zendesk.code:";

/** The consent page of `GET /oauth/authorizations/new`. In the lab the admin always consents. */
export function authorise(ctx: Context, url: URL): Response {
  const redirect = url.searchParams.get("redirect_uri") ?? "";
  if (
    url.searchParams.get("response_type") !== "code" ||
    url.searchParams.get("client_id") !== ctx.secrets.zendesk.clientId ||
    !URL.canParse(redirect)
  ) {
    return oauthError(400, "invalid_request", "The request is missing a required parameter or is otherwise malformed.");
  }
  const code = randomBytes(24).toString("base64url");
  const storedCode: Code = { redirect, scope: url.searchParams.get("scope") ?? "read", expiresAt: ctx.clock.now() + 120_000 };
  ctx.world.change(() => ctx.world.meta.put({ key: CODE + code, value: storedCode }));
  const redirectUrl = new URL(redirect);
  redirectUrl.searchParams.set("code", code);
  const state = url.searchParams.get("state");
  if (state !== null) redirectUrl.searchParams.set("state", state);
  return new Response(null, { status: 302, headers: { location: redirectUrl.href } });
}

function withCode(ctx: Context, input: Record<string, string>): Response {
  const key = CODE + (input["code"] ?? "");
  const storedCode = ctx.world.meta.get(key)?.value as Code | undefined;
  if (storedCode) ctx.world.change(() => ctx.world.meta.remove(key));
  if (!storedCode || storedCode.redirect !== input["redirect_uri"] || storedCode.expiresAt < ctx.clock.now()) {
    return oauthError(
      400,
      "invalid_grant",
      "The provided authorization grant is invalid, expired, revoked, or was issued to another client.",
    );
  }
  return json(granted(ctx, storedCode.scope, true));
}

const INVALID_TOKEN = (): Response =>
  refuse(
    401,
    {
      error: "invalid_token",
      error_description: "The access token provided is expired, revoked, malformed or invalid for other reasons.",
    },
    { "www-authenticate": 'Bearer realm="Zendesk", error="invalid_token"' },
  );

/** The request's grant, or the error response. */
export function grantOf(ctx: Context, request: Request): Grant | Response {
  const bearerToken = bearer(request);
  // API tokens (Basic) can no longer be created and are always refused here.
  if (bearerToken === null)
    return refuse(401, { error: "Couldn't authenticate you" }, { "www-authenticate": 'Basic realm="Web Password"' });
  return findGrant(ctx, bearerToken, "access") ?? INVALID_TOKEN();
}

export function expire(ctx: Context, request: Request): Response {
  const bearerToken = bearer(request);
  if (bearerToken) revoke(ctx, bearerToken);
  return INVALID_TOKEN();
}

/** Whether the scope covers the request: `write` or `tickets:write` for ticket writes. */
export function allowed(grant: Grant, method: string, path: string): boolean {
  const verb = method === "GET" ? "read" : "write";
  const resource = /^\/api\/v2\/(?:incremental\/)?(\w+)/.exec(path)?.[1] ?? "";
  const scopes = grant.scope.split(" ");
  return scopes.includes(verb) || scopes.includes(`${resource}:${verb}`);
}
