import type { TenantWorld } from "../../world/tenant.ts";
import type { FieldValue, ZdComment, ZdTicket } from "../../world/types.ts";
import type { NetChange } from "../netChanges.ts";
import { digits } from "../tokens.ts";
import { type Detail, id, type ObjectChange, text, upper } from "./envelope.ts";

const CHANNEL: Record<ZdTicket["channel"], string> = { web: "web_form", email: "mail", chat: "chat", api: "web_service" };

/** The ticket as in every event: no custom fields, and only the requester's id. */
export function ticketDetail(tenant: string, t: ZdTicket, actorId: number): Detail {
  return {
    actor_id: id(actorId),
    assignee_id: id(t.assignee_id),
    brand_id: id(t.brand_id),
    created_at: t.created_at,
    custom_status: digits(13, tenant, "custom-status", t.status),
    description: t.description,
    external_id: text(t.external_id),
    form_id: digits(13, tenant, "ticket-form"),
    group_id: id(t.group_id),
    id: id(t.id),
    is_public: t.is_public,
    organization_id: id(t.organization_id),
    priority: upper(t.priority),
    requester_id: id(t.requester_id),
    status: upper(t.status),
    subject: t.subject,
    submitter_id: id(t.submitter_id),
    tags: t.tags,
    type: upper(t.type),
    updated_at: t.updated_at,
    via: { channel: CHANNEL[t.channel] },
  };
}

/** Changes of a ticket as Zendesk's events. There is no event "updated" or "solved". */
export function ticketOccurrences(
  world: TenantWorld,
  { previous, next }: NetChange<ZdTicket>,
  comments: readonly ZdComment[],
): ObjectChange[] {
  if (!next) return previous ? [{ change: "permanently_deleted", event: {} }] : [];
  const commentChanges = comments.map((comment) => commentAdded(world, comment));
  if (!previous) return [{ change: "created", event: {} }, ...commentChanges];
  if (next.status === "deleted" && previous.status !== "deleted") return [{ change: "soft_deleted", event: {} }];
  return [
    ...commentChanges,
    ...attributes(previous, next),
    ...customFields(world, previous, next),
    ...mergedChange(previous, next),
  ];
}

function attributes(old: ZdTicket, next: ZdTicket): ObjectChange[] {
  const changeOf = (change: string, previous: unknown, current: unknown): ObjectChange[] =>
    previous === current ? [] : [{ change, event: { current, previous } }];
  return [
    ...changeOf("status_changed", upper(old.status), upper(next.status)),
    ...changeOf("priority_changed", upper(old.priority), upper(next.priority)),
    ...changeOf("type_changed", upper(old.type), upper(next.type)),
    ...changeOf("subject_changed", old.subject, next.subject),
    ...changeOf("external_id_changed", text(old.external_id), text(next.external_id)),
    ...changeOf("requester_changed", id(old.requester_id), id(next.requester_id)),
    ...changeOf("submitter_changed", id(old.submitter_id), id(next.submitter_id)),
    ...changeOf("agent_assignment_changed", id(old.assignee_id), id(next.assignee_id)),
    ...changeOf("group_assignment_changed", id(old.group_id), id(next.group_id)),
    ...changeOf("organization_changed", id(old.organization_id), id(next.organization_id)),
    ...tags(old.tags, next.tags),
  ];
}

function tags(old: string[], next: string[]): ObjectChange[] {
  const tags_added = next.filter((tag) => !old.includes(tag));
  const tags_removed = old.filter((tag) => !next.includes(tag));
  return tags_added.length + tags_removed.length === 0 ? [] : [{ change: "tags_changed", event: { tags_added, tags_removed } }];
}

function customFields(world: TenantWorld, old: ZdTicket, next: ZdTicket): ObjectChange[] {
  const valueIn = (ticket: ZdTicket, field: number): FieldValue =>
    ticket.custom_fields.find((entry) => entry.id === field)?.value ?? null;
  return world.zendesk.fields.flatMap((field) => {
    const [previous, current] = [valueIn(old, field.id), valueIn(next, field.id)];
    if (JSON.stringify(previous) === JSON.stringify(current)) return [];
    const custom_field = { id: id(field.id), title: field.title, type: field.type };
    return [
      {
        change: "custom_field_changed",
        event: { current: { value: current ?? "" }, previous: { value: previous ?? "" }, custom_field },
      },
    ];
  });
}

const mergedChange = (old: ZdTicket, next: ZdTicket): ObjectChange[] =>
  next.merged_into === undefined || old.merged_into !== undefined
    ? []
    : [{ change: "merged", event: { target_ticket_id: id(next.merged_into) } }];

function commentAdded(world: TenantWorld, comment: ZdComment): ObjectChange {
  const author = world.zendesk.users.get(comment.author_id);
  return {
    change: "comment_added",
    event: {
      comment: {
        id: id(comment.id),
        body: comment.body,
        is_public: comment.public,
        author: { id: id(comment.author_id), is_staff: author?.role !== "end-user", name: text(author?.name ?? null) },
      },
    },
  };
}
