import type { TenantWorld } from "../../world/tenant.ts";
import type { FieldValue, ZdComment, ZdTicket } from "../../world/types.ts";
import type { NetChange } from "../netChanges.ts";
import { digits } from "../tokens.ts";
import { type Detail, id, type Occurrence, text, upper } from "./envelope.ts";

const CHANNEL: Record<ZdTicket["channel"], string> = { web: "web_form", email: "mail", chat: "chat", api: "web_service" };

/** The ticket as every event shows it: without custom fields, and of the requester only the id. */
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

/** What a change did to a ticket, in Zendesk's own events; there is none called updated or solved. */
export function ticketOccurrences(
  world: TenantWorld,
  { before, after }: NetChange<ZdTicket>,
  comments: readonly ZdComment[],
): Occurrence[] {
  if (!after) return before ? [{ what: "permanently_deleted", event: {} }] : [];
  const added = comments.map((comment) => commentAdded(world, comment));
  if (!before) return [{ what: "created", event: {} }, ...added];
  if (after.status === "deleted" && before.status !== "deleted") return [{ what: "soft_deleted", event: {} }];
  return [...added, ...attributes(before, after), ...customFields(world, before, after), ...merged(before, after)];
}

function attributes(before: ZdTicket, after: ZdTicket): Occurrence[] {
  const changed = (what: string, previous: unknown, current: unknown): Occurrence[] =>
    previous === current ? [] : [{ what, event: { current, previous } }];
  return [
    ...changed("status_changed", upper(before.status), upper(after.status)),
    ...changed("priority_changed", upper(before.priority), upper(after.priority)),
    ...changed("type_changed", upper(before.type), upper(after.type)),
    ...changed("subject_changed", before.subject, after.subject),
    ...changed("external_id_changed", text(before.external_id), text(after.external_id)),
    ...changed("requester_changed", id(before.requester_id), id(after.requester_id)),
    ...changed("submitter_changed", id(before.submitter_id), id(after.submitter_id)),
    ...changed("agent_assignment_changed", id(before.assignee_id), id(after.assignee_id)),
    ...changed("group_assignment_changed", id(before.group_id), id(after.group_id)),
    ...changed("organization_changed", id(before.organization_id), id(after.organization_id)),
    ...tags(before.tags, after.tags),
  ];
}

function tags(before: string[], after: string[]): Occurrence[] {
  const tags_added = after.filter((tag) => !before.includes(tag));
  const tags_removed = before.filter((tag) => !after.includes(tag));
  return tags_added.length + tags_removed.length === 0 ? [] : [{ what: "tags_changed", event: { tags_added, tags_removed } }];
}

function customFields(world: TenantWorld, before: ZdTicket, after: ZdTicket): Occurrence[] {
  const valueIn = (ticket: ZdTicket, field: number): FieldValue =>
    ticket.custom_fields.find((own) => own.id === field)?.value ?? null;
  return world.zendesk.fields.flatMap((field) => {
    const [previous, current] = [valueIn(before, field.id), valueIn(after, field.id)];
    if (JSON.stringify(previous) === JSON.stringify(current)) return [];
    const custom_field = { id: id(field.id), title: field.title, type: field.type };
    return [
      {
        what: "custom_field_changed",
        event: { current: { value: current ?? "" }, previous: { value: previous ?? "" }, custom_field },
      },
    ];
  });
}

const merged = (before: ZdTicket, after: ZdTicket): Occurrence[] =>
  after.merged_into === undefined || before.merged_into !== undefined
    ? []
    : [{ what: "merged", event: { target_ticket_id: id(after.merged_into) } }];

function commentAdded(world: TenantWorld, comment: ZdComment): Occurrence {
  const author = world.zendesk.users.get(comment.author_id);
  return {
    what: "comment_added",
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
