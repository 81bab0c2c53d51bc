import type { TenantWorld } from "../../world/tenant.ts";
import type { ZdIdentity, ZdOrganization, ZdUser } from "../../world/types.ts";
import type { NetChange } from "../netChanges.ts";
import { type Detail, id, type ObjectChange, text } from "./envelope.ts";

/** A user as in every event. The role keeps its case, unlike a ticket's list values. */
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

/** @param identities of this user that are new or came from another user */
export function userOccurrences(
  { previous: old, next }: NetChange<ZdUser>,
  identities: readonly NetChange<ZdIdentity>[],
): ObjectChange[] {
  if (!next) return old ? [{ change: "deleted", event: {} }] : [];
  if (!old) return [{ change: "created", event: {} }];
  const changeOf = (change: string, previous: unknown, current: unknown): ObjectChange[] =>
    previous === current ? [] : [{ change, event: { current, previous } }];
  return [
    ...changeOf("name_changed", old.name, next.name),
    ...changeOf("role_changed", old.role, next.role),
    ...changeOf("external_id_changed", text(old.external_id), text(next.external_id)),
    ...changeOf("active_changed", old.active, next.active),
    ...changeOf("suspended_changed", old.suspended, next.suspended),
    ...changeOf("notes_changed", old.notes, next.notes),
    ...changeOf("details_changed", old.details, next.details),
    ...tags(old.tags ?? [], next.tags ?? []),
    ...membership(old.organization_id, next.organization_id),
    ...customFields(old.user_fields, next.user_fields),
    ...identities.map(identity),
  ];
}

/** The user's identity moved to another user. */
export const mergedInto = (winner: number): ObjectChange => ({ change: "merged", event: { user_id: id(winner) } });

/** Tags of users are in lists of their own, unlike those of tickets. */
function tags(old: readonly string[], next: readonly string[]): ObjectChange[] {
  const addedTags = { tags: next.filter((tag) => !old.includes(tag)) };
  const removedTags = { tags: old.filter((tag) => !next.includes(tag)) };
  return addedTags.tags.length + removedTags.tags.length === 0
    ? []
    : [{ change: "tags_changed", event: { added: addedTags, removed: removedTags } }];
}

function membership(old: number | null, next: number | null): ObjectChange[] {
  if (old === next) return [];
  const membershipChange = (change: string, organization: number | null): ObjectChange[] =>
    organization === null ? [] : [{ change, event: { organization: { id: id(organization) } } }];
  return [
    ...membershipChange("organization_membership_deleted", old),
    ...membershipChange("organization_membership_created", next),
  ];
}

function customFields(old: ZdUser["user_fields"], next: ZdUser["user_fields"]): ObjectChange[] {
  return Object.keys({ ...old, ...next }).flatMap((key) => {
    const [previous, current] = [old[key] ?? "", next[key] ?? ""];
    if (previous === current) return [];
    return [
      {
        change: "custom_field_changed",
        event: { current: { value: current }, previous: { value: previous }, custom_field: { key } },
      },
    ];
  });
}

function identity({ previous, next }: NetChange<ZdIdentity>): ObjectChange {
  const { id: identityId, type, primary } = next!;
  return {
    change: previous && previous.user_id === next!.user_id ? "identity_changed" : "identity_created",
    event: { identity: { id: id(identityId), type, primary } },
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

export function organizationOccurrences({ previous: old, next }: NetChange<ZdOrganization>): ObjectChange[] {
  if (!next) return old ? [{ change: "deleted", event: {} }] : [];
  if (!old) return [{ change: "created", event: {} }];
  const changeOf = (change: string, previous: unknown, current: unknown): ObjectChange[] =>
    previous === current ? [] : [{ change, event: { current, previous } }];
  return [
    ...changeOf("name_changed", old.name, next.name),
    ...changeOf("external_id_changed", text(old.external_id), text(next.external_id)),
    ...customFields(old.organization_fields, next.organization_fields),
  ];
}

/** The user who now has the identities that a user lost. */
export function winnerOf(world: TenantWorld, loser: ZdUser, moves: readonly NetChange<ZdIdentity>[]): number | null {
  const movedIdentity = moves.find(({ previous, next }) => previous?.user_id === loser.id && next && next.user_id !== loser.id);
  return movedIdentity?.next && world.zendesk.users.get(movedIdentity.next.user_id) ? movedIdentity.next.user_id : null;
}
