import type { SignedInPerson } from "@sidelight/platform-kit/panelSignIn.ts";
import type { Tenant } from "../../context/tenant.ts";
import { maxSignInMs, newSession, type PersonSession, sessionMs } from "../../security/sessions.ts";

/** A token of a person, and when it ends, epoch ms. */
export interface IssuedSession {
  token: string;
  expiresAt: number;
}

/** The first session of a person who has just signed in. */
export const sessionOf = (
  { ref, name, place, boundTo, permissionSets }: SignedInPerson,
  { connection, installation, now }: { connection: string; installation: string; now: number },
): Omit<PersonSession, "tenant" | "expiresAt"> => ({
  ...{ person: ref, name, place, ref: boundTo, permissionSets },
  ...{ connection, installation, signedInAt: now },
});

/** A token for the next ten minutes, and no longer than twelve hours after the sign-in. */
export async function issueSession(
  { log, clock }: Pick<Tenant, "log" | "clock">,
  session: Omit<PersonSession, "tenant" | "expiresAt">,
): Promise<IssuedSession> {
  const expiresAt = Math.min(clock.now() + sessionMs, session.signedInAt + maxSignInMs);
  return { token: await newSession(log.keys, { ...session, expiresAt }), expiresAt };
}
