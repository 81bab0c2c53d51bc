import type { Clock } from "@sidelight/model/clock.ts";
import type { PanelSignIn } from "@sidelight/platform-kit/panelSignIn.ts";
import { decodeJwt } from "jose";
import type { TenantConfig } from "../../config/schema.ts";
import type { Connection } from "../../connections/connections.ts";
import type { PersonSession } from "../../security/sessions.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { personActor } from "../actors/personActor.ts";
import { iso } from "../instant.ts";
import { ProblemError } from "../problemError.ts";
import type { ServedTenant } from "../servedTenant.ts";
import { issueSession, sessionOf } from "./personSession.ts";
import { SignInRefused, verifySignIn } from "./verifySignIn.ts";

export interface SignInDeps {
  tenants: ReadonlyMap<string, ServedTenant>;
  clock: Pick<Clock, "now">;
  logger: Pick<Logger, "warn">;
}

/** What the page of a panel gets. */
export interface OpenedPanel {
  /** Null for a page that the browser has loaded again. */
  session: { token: string; expiresAt: string } | null;
  /** Origins that may embed the page. */
  pageOrigins: readonly string[];
}

interface Installation {
  served: ServedTenant;
  connection: Connection;
  signIn: PanelSignIn;
}

/**
 * Signs a person in who opens a panel with a token of their platform.
 * @throws {ProblemError} unauthenticated for every token that cannot be used; forbidden for a person without access; overloaded
 */
export async function openPanel(
  { tenants, logger }: SignInDeps,
  { platform, installation, token }: { platform: string; installation: string; token: string },
): Promise<OpenedPanel> {
  const installations = installationsNamed(tenants, platform, installation);
  // Installations of several tenants may have one name. The issuer that a token claims only says which to verify it for.
  const ofIssuer = installations.filter(({ signIn }) => signIn.issuer === claimedIssuer(token));
  for (const candidate of ofIssuer.length > 0 ? ofIssuer : installations.slice(0, 1)) {
    const { served, connection, signIn } = candidate;
    try {
      const person = await verifySignIn(served.tenant, signIn, token);
      const installationDetails = { connection: connection.id, installation: signIn.audience, now: served.tenant.clock.now() };
      const session = await issued(served, sessionOf(person, installationDetails));
      return { session, pageOrigins: signIn.pageOrigins };
    } catch (error) {
      if (!(error instanceof SignInRefused)) throw error;
      logger.warn({ tenant: served.tenant.id, connection: connection.id, reason: error.message }, "sign-in refused");
    }
  }
  throw notSignedIn();
}

function claimedIssuer(token: string): string | null {
  try {
    return decodeJwt(token).iss ?? null;
  } catch {
    return null;
  }
}

/** Origins that may embed a page of this installation; null when there is no such installation. */
export function pageOriginsOf(
  { tenants }: Pick<SignInDeps, "tenants">,
  { platform, installation }: { platform: string; installation: string },
): readonly string[] | null {
  const [first, ...otherInstallations] = installationsNamed(tenants, platform, installation);
  return first ? [...new Set([first, ...otherInstallations].flatMap(({ signIn }) => signIn.pageOrigins))] : null;
}

function installationsNamed(tenants: SignInDeps["tenants"], platform: string, name: string): Installation[] {
  return [...tenants.values()].flatMap((servedTenant) =>
    servedTenant.tenant.connections.flatMap((connection) => {
      const { signIn } = connection.connector;
      return connection.platform.name === platform && signIn?.installations.includes(name)
        ? [{ served: servedTenant, connection, signIn }]
        : [];
    }),
  );
}

/** @throws {ProblemError} forbidden */
async function issued(
  servedTenant: ServedTenant,
  session: Omit<PersonSession, "tenant" | "expiresAt">,
): Promise<NonNullable<OpenedPanel["session"]>> {
  requireGrant(servedTenant, session);
  const { token, expiresAt } = await issueSession(servedTenant.tenant, session);
  return { token, expiresAt: iso(expiresAt) };
}

/** @throws {ProblemError} forbidden, for a person whom the configuration gives nothing */
function requireGrant(servedTenant: ServedTenant, session: Omit<PersonSession, "tenant" | "expiresAt">): void {
  const { id, config } = servedTenant.tenant;
  if (!personActor(servedTenant, { ...session, tenant: id, expiresAt: 0 })) throw noAccess(config);
}

export const noAccess = ({ accessContact }: Pick<TenantConfig, "accessContact">): ProblemError =>
  new ProblemError("forbidden", `You have no access to Sidelight. Ask ${accessContact ?? "your administrator"} for it.`, {
    stage: "authorize",
  });

/** The same answer for every cause: it must not reveal which installations exist. */
export const notSignedIn = (): ProblemError =>
  new ProblemError(
    "unauthenticated",
    "The sign-in could not be verified, or was used before. Reload the page around this panel.",
    {
      stage: "authenticate",
    },
  );
