import { timingSafeEqual } from "node:crypto";
import type { Context } from "../context.ts";
import { fail, failImport } from "./errors.ts";

const isEqual = (a: string, b: string): boolean => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

function isBasic(headers: Headers, credentials: string): boolean {
  const encoded = /^Basic\s+(.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  return encoded !== undefined && isEqual(Buffer.from(encoded, "base64").toString("utf8"), credentials);
}

/** A service account names its project and may use no other. */
export function serviceAccount(ctx: Context, headers: Headers, query: URLSearchParams, importing = false): void {
  const refuse = importing ? failImport : fail;
  const { username, secret } = ctx.secrets.mixpanel;
  if (!isBasic(headers, `${username}:${secret}`))
    refuse(401, importing ? "Invalid credentials" : "Invalid service account credentials");
  const project = query.get("project_id");
  if (project === null || project === "")
    refuse(400, "project_id is a required parameter when authenticating with a service account");
  if (project !== ctx.secrets.mixpanel.projectId) refuse(403, "User does not have access to this project");
}

/**
 * Who may import: a service account, or "your token as the basic auth username value with an empty password. If project_id is not
 * specified, the request will be authenticated using the provided token."
 */
export function importer(ctx: Context, headers: Headers, query: URLSearchParams): void {
  if (!query.has("project_id") && isBasic(headers, `${ctx.secrets.mixpanel.token}:`)) return;
  serviceAccount(ctx, headers, query, true);
}

/** The privacy API needs a personal OAuth token and the project token. */
export function gdpr(ctx: Context, headers: Headers, query: URLSearchParams): void {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  if (bearer === undefined || !isEqual(bearer, ctx.secrets.mixpanel.gdprToken)) fail(401, "Unauthorized");
  if (query.get("token") !== ctx.secrets.mixpanel.token) fail(403, "Forbidden");
}
