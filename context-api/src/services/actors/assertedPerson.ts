import type { Logger } from "../../telemetry/logger.ts";
import { readRef } from "../contexts/contextQuery.ts";
import { ProblemError } from "../problemError.ts";
import { isSession } from "../service.ts";
import { noAccess } from "../sessions/openPanel.ts";
import { sessionOf } from "../sessions/personSession.ts";
import { SignInRefused, verifySignIn } from "../sessions/verifySignIn.ts";
import type { Authenticated } from "./authenticate.ts";
import { personActor } from "./personActor.ts";

/**
 * The person for whom a platform's own server calls: it holds an API key, and signs who its user is and which record they look at. The
 * call has that person's rights then, and reads that record only. Each assertion serves one call.
 * @throws {ProblemError} unauthenticated, forbidden, overloaded
 */
export async function assertedPerson(
  { actor, served }: Authenticated,
  assertion: string,
  logger: Pick<Logger, "warn">,
): Promise<Authenticated> {
  const { tenant } = served;
  if (isSession(actor)) throw refusal("A panel session names its person already. Send the request without an assertion.");
  const now = tenant.clock.now();
  for (const { id, connector } of tenant.connections) {
    const { signIn } = connector;
    // One with an installation posts its tokens to /panels.
    if (!signIn || signIn.installations.length > 0) continue;
    try {
      const signedIn = await verifySignIn(tenant, signIn, assertion);
      const session = sessionOf(signedIn, { connection: id, installation: signIn.audience, now });
      // A person's own record is no customer. It binds calls that are about the person, as the list of their accounts.
      const isAboutSelf = session.ref === session.person;
      const ref = session.ref === null || isAboutSelf ? session.ref : readRef(session.ref, tenant).ref;
      const person = personActor(served, { ...session, ref, tenant: tenant.id, expiresAt: now });
      if (!person) throw noAccess(tenant.config);
      // It serves this call only, so it does not end during it.
      return { actor: { ...person, expiresAt: null }, served };
    } catch (error) {
      if (!(error instanceof SignInRefused)) throw error;
      logger.warn({ tenant: tenant.id, connection: id, reason: error.message }, "sign-in refused");
    }
  }
  throw refusal("The assertion of the person could not be verified, or was used before. Sign a new one for each call.");
}

const refusal = (detail: string): ProblemError => new ProblemError("unauthenticated", detail, { stage: "authenticate" });
