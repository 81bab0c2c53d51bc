import type { TenantWorld } from "../../world/tenant.ts";
import type { ZdIdentity, ZdOrganization, ZdUser } from "../../world/types.ts";
import type { NetChange } from "../netChanges.ts";
import { type Detail, id, type Occurrence, text } from "./envelope.ts";

/** A user as every event shows them. The role keeps its case, other than a ticket's lists. */
export const userDetail = (u: ZdUser): Detail => ({
  created_at: u.created_at,
  default_group_id: "0",
  email: text(u.email),
  external_id: text(u.external_id),
  id: id(u.id),
  organization_id: id(u.organization_id),
  role: u.role,
  updated_at: u.updated_at,
});

/** @param identities of this user that are new or came from somebody else */
export function userOccurrences(
  { before, after }: NetChange<ZdUser>,
  identities: readonly NetChange<ZdIdentity>[],
): Occurrence[] {
  if (!after) return before ? [{ what: "deleted", event: {} }] : [];
  if (!before) return [{ what: "created", event: {} }];
  const changed = (what: string, previous: unknown, current: unknown): Occurrence[] =>
    previous === current ? [] : [{ what, event: { current, previous } }];
  return [
    ...changed("name_changed", before.name, after.name),
    ...changed("role_changed", before.role, after.role),
    ...changed("external_id_changed", text(before.external_id), text(after.external_id)),
    ...changed("active_changed", before.active, after.active),
    ...changed("suspended_changed", before.suspended, after.suspended),
    ...changed("notes_changed", before.notes, after.notes),
    ...changed("details_changed", before.details, after.details),
    ...membership(before.organization_id, after.organization_id),
    ...customFields(before.user_fields, after.user_fields),
    ...identities.map(identity),
  ];
}

/** The account lost its identity to another one. */
export const mergedInto = (winner: number): Occurrence => ({ what: "merged", event: { user_id: id(winner) } });

function membership(before: number | null, after: number | null): Occurrence[] {
  if (before === after) return [];
  const said = (what: string, organization: number | null): Occurrence[] =>
    organization === null ? [] : [{ what, event: { organization: { id: id(organization) } } }];
  return [...said("organization_membership_deleted", before), ...said("organization_membership_created", after)];
}

function customFields(before: ZdUser["user_fields"], after: ZdUser["user_fields"]): Occurrence[] {
  return Object.keys({ ...before, ...after }).flatMap((key) => {
    const [previous, current] = [before[key] ?? "", after[key] ?? ""];
    if (previous === current) return [];
    return [
      {
        what: "custom_field_changed",
        event: { current: { value: current }, previous: { value: previous }, custom_field: { key } },
      },
    ];
  });
}

function identity({ before, after }: NetChange<ZdIdentity>): Occurrence {
  const { id: own, type, primary } = after!;
  return {
    what: before && before.user_id === after!.user_id ? "identity_changed" : "identity_created",
    event: { identity: { id: id(own), type, primary } },
  };
}

export const organizationDetail = (o: ZdOrganization): Detail => ({
  created_at: o.created_at,
  external_id: text(o.external_id),
  group_id: id(o.group_id),
  id: id(o.id),
  name: o.name,
  shared_comments: o.shared_comments,
  shared_tickets: o.shared_tickets,
  updated_at: o.updated_at,
});

export function organizationOccurrences({ before, after }: NetChange<ZdOrganization>): Occurrence[] {
  if (!after) return before ? [{ what: "deleted", event: {} }] : [];
  if (!before) return [{ what: "created", event: {} }];
  const changed = (what: string, previous: unknown, current: unknown): Occurrence[] =>
    previous === current ? [] : [{ what, event: { current, previous } }];
  return [
    ...changed("name_changed", before.name, after.name),
    ...changed("external_id_changed", text(before.external_id), text(after.external_id)),
    ...customFields(before.organization_fields, after.organization_fields),
  ];
}

/** Who holds the identities that a user lost. */
export function winnerOf(world: TenantWorld, loser: ZdUser, moved: readonly NetChange<ZdIdentity>[]): number | null {
  const gone = moved.find(({ before, after }) => before?.user_id === loser.id && after && after.user_id !== loser.id);
  return gone?.after && world.zendesk.users.get(gone.after.user_id) ? gone.after.user_id : null;
}
