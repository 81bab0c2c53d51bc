import type { ConsoleSession } from "@sidelight/contracts/sessions/consoleSession.ts";
import { consoleIdleMs } from "../../security/consoleSessions.ts";
import { findApiKeyRow } from "../../store/tables/apiKeys.ts";
import type { Actor } from "../actor.ts";
import { iso } from "../instant.ts";
import type { ServedTenant } from "../servedTenant.ts";

/** What the page knows of its session. The token that proves the origin of a request is added by the route, which has the cookie. */
export type ConsoleSessionView = Omit<ConsoleSession, "csrfToken">;

/** @param endsAt epoch ms */
export async function consoleSessionView(
  { tenant }: Pick<ServedTenant, "tenant">,
  { role, rights, keyId }: Actor,
  endsAt: number,
): Promise<ConsoleSessionView> {
  const { pii, text, events, operate, identify } = rights;
  const key = await findApiKeyRow(tenant.log.store, keyId);
  return {
    tenant: tenant.id,
    role,
    keyName: key?.label || keyId,
    rights: { pii, text, events, operate, identify },
    expiresAt: iso(endsAt),
    idleSeconds: consoleIdleMs / 1000,
  };
}
