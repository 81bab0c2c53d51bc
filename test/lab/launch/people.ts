import type { RunningUser } from "../hosts/salesforce/assertion.ts";
import type { ZendeskSignIn } from "../hosts/zendesk/host.ts";
import type { LabTenant } from "../simulators/lab.ts";
import { signedUrlClaims, signUrl } from "../simulators/zendesk/signedUrl.ts";
import type { TenantWorld } from "../world/tenant.ts";

// The people at the host pages: an agent, an administrator and a rep of the simulated accounts.

/** The agent at the Zendesk page; an administrator for the role `admin`. */
export function zendeskAgent({ zendesk }: TenantWorld, role: string): { id: number; name: string; email: string } {
  const staff = role === "admin" ? "admin" : "agent";
  const user = [...zendesk.users.values()].find((candidate) => candidate.role === staff);
  if (!user) throw new Error(`The account has no user with the role ${staff}.`);
  return { id: user.id, name: user.name, email: user.email ?? "" };
}

/** Opens the Zendesk app as Zendesk does: by a form with a signed token. */
export const zendeskSignIn = (
  { world, registered }: Pick<LabTenant, "world" | "registered">,
  apiUrl: () => string,
  now: () => number,
): ZendeskSignIn => ({
  url: () => `${apiUrl()}/panels/zendesk/${world.tenant}`,
  agent: (role) => zendeskAgent(world, role),
  sign: ({ id }, frame) => signUrl(registered, signedUrlClaims({ ...frame, tenant: world.tenant, userId: id, now: now() })),
});

/** The running user of the Lightning page, with the permission set of the package. */
export function salesforceUser({ world, registered }: Pick<LabTenant, "world" | "registered">, now: () => number): RunningUser {
  const userId = world.ids.salesforce.user(0);
  return {
    organizationId: world.salesforce.organizationId,
    userId,
    name: String(world.salesforce.tables.User.get(userId)?.["Name"] ?? ""),
    permissionSets: ["Sidelight_User"],
    privateKey: registered.salesforce.jwtPrivateKey,
    now,
  };
}
