import { createPublicKey } from "node:crypto";
import { jwtVerify } from "jose";
import { type Context, json } from "../context.ts";
import { bearer, findGrant, issue, revoke } from "../tokens.ts";
import { refuse } from "./errors.ts";

const oauthError = (error: string, error_description: string): Response => json({ error, error_description }, 400);

/** `POST /services/oauth2/token`: client credentials or a JWT bearer assertion. */
export async function token(ctx: Context, request: Request): Promise<Response> {
  if (request.method !== "POST") return oauthError("invalid_request", "must use HTTP POST");
  const form = new URLSearchParams(await request.text());
  const basic = /^Basic (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const [basicId, basicSecret] = basic ? split(Buffer.from(basic, "base64").toString("utf8")) : [null, null];
  const { clientId, clientSecret } = ctx.secrets.salesforce;
  switch (form.get("grant_type")) {
    case "client_credentials": {
      if ((form.get("client_id") ?? basicId) !== clientId) return oauthError("invalid_client_id", UNKNOWN_CLIENT);
      if ((form.get("client_secret") ?? basicSecret) !== clientSecret)
        return oauthError("invalid_client", "invalid client credentials");
      return granted(ctx, "api");
    }
    case "urn:ietf:params:oauth:grant-type:jwt-bearer": {
      const problem = await assertionProblem(ctx, form.get("assertion") ?? "");
      if (problem === UNKNOWN_CLIENT) return oauthError("invalid_client_id", problem);
      return problem === null ? granted(ctx, "api") : oauthError("invalid_grant", problem);
    }
    case null:
      return oauthError("invalid_request", "missing required parameter: grant_type");
    default:
      return oauthError("unsupported_grant_type", "grant type not supported");
  }
}

const split = (pair: string): [string, string] => {
  const colon = pair.indexOf(":");
  return [decodeURIComponent(pair.slice(0, colon)), decodeURIComponent(pair.slice(colon + 1))];
};

const UNKNOWN_CLIENT = "client identifier invalid";
const LONGEST_ASSERTION_MS = 5 * 60_000;

/**
 * Returns Salesforce's own message for each refusal. The app's certificate is `jwtPublicKey` of the tenant's secrets. A
 * production org
 * accepts its My Domain and login.salesforce.com as audiences; test.salesforce.com belongs to sandboxes.
 */
async function assertionProblem(ctx: Context, assertion: string): Promise<string | null> {
  const now = ctx.clock.now();
  try {
    const { payload } = await jwtVerify(assertion, createPublicKey(ctx.secrets.salesforce.jwtPublicKey), {
      algorithms: ["RS256"],
      currentDate: new Date(now),
      requiredClaims: ["iss", "sub", "aud", "exp"],
    });
    if (payload.iss !== ctx.secrets.salesforce.clientId) return UNKNOWN_CLIENT;
    const audience = [payload.aud].flat();
    if (!audience.some((aud) => aud === ctx.url() || aud === "https://login.salesforce.com")) return "audience is invalid";
    // `exp` is in seconds. Milliseconds would mean a time thousands of years ahead.
    if (payload.exp! * 1000 > now + LONGEST_ASSERTION_MS) return "invalid assertion";
    if (payload.sub !== username(ctx)) return "user hasn't approved this consumer";
    return null;
  } catch (error) {
    return (error as { code?: string }).code === "ERR_JWT_EXPIRED" ? "expired authorization code" : "invalid assertion";
  }
}

export const username = (ctx: Context): string =>
  String(ctx.world.salesforce.tables.User.get(ctx.world.salesforce.integrationUser)?.["Username"]);

function granted(ctx: Context, scope: string): Response {
  const { organizationId, integrationUser } = ctx.world.salesforce;
  const now = ctx.clock.now();
  const access_token = issue(ctx, (random) => `${organizationId.slice(0, 15)}!${random}`, {
    kind: "access",
    expiresAt: now + ctx.limits.salesforce.tokenSeconds * 1000,
    clientId: ctx.secrets.salesforce.clientId,
    scope,
    family: "salesforce",
  });
  return json({
    access_token,
    scope,
    instance_url: ctx.url(),
    id: `${ctx.url()}/id/${organizationId}/${integrationUser}`,
    token_type: "Bearer",
    issued_at: String(now),
  });
}

/** `GET /id/<organization>/<user>`: the identity of the token's user. */
export function identity(ctx: Context, path: string): Response {
  const { organizationId, integrationUser, tables } = ctx.world.salesforce;
  if (path !== `/id/${organizationId}/${integrationUser}`) return json({ error: "Bad_Id" }, 403);
  const user = tables.User.get(integrationUser)!;
  return json({
    id: `${ctx.url()}${path}`,
    user_id: integrationUser,
    organization_id: organizationId,
    username: user["Username"],
    display_name: user["Name"],
    email: user["Email"],
    active: true,
    user_type: "STANDARD",
    urls: { rest: `${ctx.url()}/services/data/v{version}/`, query: `${ctx.url()}/services/data/v{version}/query/` },
  });
}

/** `POST /services/oauth2/revoke` */
export async function revokeToken(ctx: Context, request: Request): Promise<Response> {
  const bearerToken = new URLSearchParams(await request.text()).get("token") ?? "";
  if (!findGrant(ctx, bearerToken, "access")) return oauthError("unsupported_token_type", "this token type is not supported");
  revoke(ctx, bearerToken);
  return new Response(null, { status: 200 });
}

export const INVALID_SESSION = (): Response => refuse(401, "INVALID_SESSION_ID", "Session expired or invalid");

export const isAuthorized = (ctx: Context, request: Request): boolean => {
  const bearerToken = bearer(request);
  return bearerToken !== null && findGrant(ctx, bearerToken, "access") !== null;
};

export function expire(ctx: Context, request: Request): Response {
  const bearerToken = bearer(request);
  if (bearerToken) revoke(ctx, bearerToken);
  return INVALID_SESSION();
}
