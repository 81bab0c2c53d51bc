import type { Grant } from "../../config/rights.ts";
import type { TenantConfig } from "../../config/schema.ts";
import { rightsOf } from "../../security/roles.ts";
import type { PersonSession } from "../../security/sessions.ts";
import type { Actor } from "../actor.ts";
import type { ServedTenant } from "../servedTenant.ts";

/**
 * The caller with the session of a person. Their rights follow the present configuration. Null when their installation or their access
 * no longer exists.
 */
export function personActor({ tenant: { id, config, connections } }: ServedTenant, session: PersonSession): Actor | null {
  const signIn = connections.find((connection) => connection.id === session.connection)?.connector.signIn;
  if (!signIn || session.installation !== signIn.audience) return null;
  const grant = grantOf(config, session, signIn.role);
  if (grant === "none") return null;
  const { role, ...personOverrides } = typeof grant === "string" ? { role: grant } : grant;
  return {
    tenant: id,
    role,
    rights: rightsOf(role, config.roles, personOverrides),
    keyId: session.person,
    expiresAt: session.expiresAt,
    sessionRef: session.ref,
    person: { ref: session.person, name: session.name },
    signIn: { session, readableRefs: signIn.readableRefs(session.place) },
  };
}

/**
 * What a person gets: their own grant, otherwise that of the first permission set in the configuration that they hold, otherwise the
 * role of their platform. Where permission sets are configured, a person of such a platform without any of them gets nothing.
 */
export function grantOf(
  { people, permissionSets }: Pick<TenantConfig, "people" | "permissionSets">,
  { person, permissionSets: heldSets }: Pick<PersonSession, "person" | "permissionSets">,
  standard: "agent" | "rep",
): Grant {
  const personGrant = Object.hasOwn(people, person) ? people[person] : undefined;
  if (personGrant !== undefined) return personGrant;
  const names = Object.keys(permissionSets);
  if (heldSets === null || names.length === 0) return standard;
  const firstHeld = names.find((name) => heldSets.includes(name));
  return (firstHeld === undefined ? undefined : permissionSets[firstHeld]) ?? "none";
}
