import { maxSignInMs, readSession, sessionTenant } from "../../security/sessions.ts";
import { personActor } from "../actors/personActor.ts";
import { iso } from "../instant.ts";
import { notSignedIn, type SignInDeps } from "./openPanel.ts";
import { issueSession } from "./personSession.ts";

/**
 * A session that ended a short time ago can be renewed: computers sleep. It opens nothing until then. A holder of the token could renew
 * it without a break, so this gives no more time.
 */
const graceMs = 2 * 60 * 60_000;

/**
 * A new token for the same person, place and installation, until twelve hours after the sign-in.
 * @throws {ProblemError} unauthenticated
 */
export async function renewSession(
  { tenants, clock }: Pick<SignInDeps, "tenants" | "clock">,
  token: string,
): Promise<{ token: string; expiresAt: string }> {
  const servedTenant = tenants.get(sessionTenant(token) ?? "");
  if (!servedTenant) throw notSignedIn();
  const now = clock.now();
  const session = await readSession(servedTenant.tenant.log.keys, token, now - graceMs);
  if (!session || !("person" in session)) throw notSignedIn();
  if (now >= session.signedInAt + maxSignInMs || !personActor(servedTenant, session)) throw notSignedIn();
  const newToken = await issueSession(servedTenant.tenant, session);
  return { token: newToken.token, expiresAt: iso(newToken.expiresAt) };
}
