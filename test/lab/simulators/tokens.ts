import { createHmac, randomBytes } from "node:crypto";
import { TOKEN_ROWS } from "../world/tenant.ts";
import type { Context } from "./context.ts";

export interface Grant {
  kind: "access" | "refresh";
  /** ms; null never expires. */
  expiresAt: number | null;
  clientId: string;
  scope: string;
  /** Tokens of one grant are revoked together. */
  family: string;
}

/** Only a keyed hash of a token is stored. */
const keyOf = (ctx: Context, token: string): string =>
  TOKEN_ROWS + createHmac("sha256", ctx.secrets.tokenKey).update(token).digest("base64url");

export function issue(ctx: Context, shape: (random: string) => string, grant: Grant): string {
  const token = shape(randomBytes(36).toString("base64url"));
  ctx.world.change(() => {
    // Drops tokens that expired over an hour ago.
    for (const row of ctx.world.meta.values()) {
      const old = row.key.startsWith(TOKEN_ROWS) ? (row.value as Grant).expiresAt : null;
      if (old !== null && old < ctx.clock.now() - 3_600_000) ctx.world.meta.remove(row.key);
    }
    ctx.world.meta.put({ key: keyOf(ctx, token), value: grant });
  });
  return token;
}

export function findGrant(ctx: Context, token: string, kind: Grant["kind"]): Grant | null {
  const grant = ctx.world.meta.get(keyOf(ctx, token))?.value as Grant | undefined;
  if (!grant || grant.kind !== kind) return null;
  return grant.expiresAt !== null && grant.expiresAt <= ctx.clock.now() ? null : grant;
}

export function revoke(ctx: Context, token: string): void {
  ctx.world.change(() => ctx.world.meta.remove(keyOf(ctx, token)));
}

export function revokeFamily(ctx: Context, family: string): void {
  ctx.world.change(() => {
    for (const row of [...ctx.world.meta.values()]) {
      if (row.key.startsWith(TOKEN_ROWS) && (row.value as Grant).family === family) ctx.world.meta.remove(row.key);
    }
  });
}

export function bearer(request: Request): string | null {
  const header = request.headers.get("authorization") ?? "";
  const match = /^(?:Bearer|OAuth)\s+(\S+)$/i.exec(header);
  return match ? match[1]! : null;
}
