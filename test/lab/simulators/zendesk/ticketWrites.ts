import type { FieldValue, TicketStatus, ZdComment, ZdMetrics, ZdTicket } from "../../world/types.ts";
import { type Context, recordEffect } from "../context.ts";
import { recordAudit } from "./audits.ts";
import { fail, invalid } from "./errors.ts";
import { fieldValue } from "./fields.ts";
import type { TicketUpdate } from "./ticketUpdate.ts";

const STATUSES = ["new", "open", "pending", "hold", "solved", "closed"];
const PRIORITIES = ["urgent", "high", "normal", "low"];
const TYPES = ["problem", "incident", "question", "task"];

/** Applies a client's attributes to a ticket. Unknown attributes are ignored, invalid values are 422. */
export function apply(ctx: Context, ticket: ZdTicket, update: TicketUpdate): ZdTicket {
  const next: ZdTicket = { ...ticket, tags: [...ticket.tags], custom_fields: ticket.custom_fields.map((f) => ({ ...f })) };
  const oneOf = (name: "status" | "priority" | "type", values: string[]): void => {
    const value = update[name];
    if (value === undefined) return;
    if (value !== null && !values.includes(String(value)))
      invalid(name, `${name[0]!.toUpperCase()}${name.slice(1)}: is not included in the list`, "InvalidValue");
    Object.assign(next, { [name]: value });
  };
  oneOf("status", STATUSES);
  oneOf("priority", PRIORITIES);
  oneOf("type", TYPES);
  if (update["subject"] !== undefined) next.subject = String(update["subject"]);
  if (update["external_id"] !== undefined)
    next.external_id = update["external_id"] === null ? null : String(update["external_id"]);
  next.assignee_id = reference(ctx, update, "assignee_id", ticket.assignee_id, "Assignee");
  next.requester_id = reference(ctx, update, "requester_id", ticket.requester_id, "Requester") ?? ticket.requester_id;
  if (update["organization_id"] !== undefined) {
    const id = update["organization_id"] as number | null;
    if (id !== null && !ctx.world.zendesk.organizations.get(id))
      invalid("organization", "Organization: is invalid", "InvalidValue");
    next.organization_id = id;
  }
  // `tags` replaces all tags. `additional_tags` and `remove_tags` only work in update_many.
  if (update["tags"] !== undefined) next.tags = tagList(update["tags"]);
  setFields(ctx, next, update["custom_fields"]);
  if (next.status === "solved" && next.assignee_id === null)
    invalid("base", "Assignee: is required when solving a ticket", "BlankValue");
  return next;
}

export const tagList = (value: unknown): string[] =>
  [
    ...new Set(
      (Array.isArray(value) ? value.map(String) : String(value ?? "").split(/[\s,]+/)).map((tag) =>
        tag.toLowerCase().replace(/\s+/g, "_"),
      ),
    ),
  ].filter(Boolean);

function reference(ctx: Context, update: TicketUpdate, name: string, ownId: number | null, label: string): number | null {
  const value = update[name];
  if (value === undefined) return ownId;
  if (value === null) return null;
  const user = ctx.world.zendesk.users.get(value as number);
  if (!user?.active || (label === "Assignee" && user.role === "end-user"))
    return invalid("base", `${label}: is invalid`, "InvalidValue");
  return user.id;
}

function setFields(ctx: Context, ticket: ZdTicket, update: unknown): void {
  if (update === undefined) return;
  if (!Array.isArray(update)) fail(400, "InvalidValue", "custom_fields must be an array of {id, value}");
  for (const entry of update as { id?: unknown; value?: unknown }[]) {
    // Zendesk ignores a field that does not exist, so a name instead of a number has no effect.
    const field = ctx.world.zendesk.fields.find((f) => f.id === Number(entry?.id));
    if (!field) continue;
    const value: FieldValue = fieldValue(field, entry.value ?? null);
    const previous = ticket.custom_fields.find((f) => f.id === field.id);
    if (field.type === "tagger") {
      // The option of a drop-down is also a tag of the ticket.
      ticket.tags = ticket.tags.filter((tag) => tag !== previous?.value);
      if (typeof value === "string" && !ticket.tags.includes(value)) ticket.tags.push(value);
    }
    if (previous) previous.value = value;
    else ticket.custom_fields.push({ id: field.id, value });
  }
}

/** The comment that a client adds, or null. */
export function commentOf(ctx: Context, ticketId: number, update: TicketUpdate, timestamp: string): ZdComment | null {
  const comment = update["comment"];
  if (comment === undefined || comment === null) return null;
  const { body, html_body, public: visible, author_id } = comment as TicketUpdate;
  const text =
    typeof body === "string"
      ? body
      : typeof html_body === "string"
        ? html_body.replace(/<[^>]*>/g, "")
        : typeof comment === "string"
          ? comment
          : "";
  if (text.trim() === "") return invalid("base", "Description: cannot be blank", "BlankValue");
  const zd = ctx.world.zendesk;
  let n = 20_000_000 + zd.comments.size;
  while (zd.comments.get(ctx.world.ids.zendesk.make("comment", n))) n++;
  const author = typeof author_id === "number" ? author_id : zd.integrationUser;
  return {
    id: ctx.world.ids.zendesk.make("comment", n),
    ticket_id: ticketId,
    author_id: author,
    body: text,
    public: visible !== false,
    created_at: timestamp,
  };
}

/** Stores a written ticket and its consequences: timestamps, metrics, comment, effect. */
export function store(
  ctx: Context,
  previous: ZdTicket | null,
  ticket: ZdTicket,
  update: TicketUpdate,
  timestamp: string,
): ZdTicket {
  const zd = ctx.world.zendesk;
  const stampedTicket: ZdTicket = {
    ...ticket,
    updated_at: timestamp,
    generated_timestamp: Math.floor(Date.parse(timestamp) / 1000),
  };
  const comment = commentOf(ctx, ticket.id, update, timestamp);
  ctx.world.change(() => {
    zd.tickets.put(stampedTicket);
    if (comment) zd.comments.put(comment);
    touchMetrics(ctx, previous, stampedTicket, comment, timestamp);
    recordAudit(ctx, ticket.id, update, timestamp);
    recordEffect(ctx, zd.effects, "ticket", String(ticket.id), update, previous ? "update" : "create");
  });
  return stampedTicket;
}

const OVER: TicketStatus[] = ["solved", "closed"];

function touchMetrics(
  ctx: Context,
  previous: ZdTicket | null,
  ticket: ZdTicket,
  comment: ZdComment | null,
  timestamp: string,
): void {
  const { metrics } = ctx.world.zendesk;
  const metricsRow: ZdMetrics = metrics.get(ticket.id) ?? {
    id: ctx.world.ids.zendesk.make("metric", ticket.id),
    ticket_id: ticket.id,
    created_at: timestamp,
    updated_at: timestamp,
    solved_at: null,
    assigned_at: null,
    replies: 0,
    reopens: 0,
    reply: null,
    firstResolution: null,
    fullResolution: null,
    agentWait: 0,
    requesterWait: 0,
    onHold: 0,
  };
  const minutes = Math.max(1, Math.round((Date.parse(timestamp) - Date.parse(ticket.created_at)) / 60_000));
  const solvedNow = OVER.includes(ticket.status) && !(previous && OVER.includes(previous.status));
  const isReopened = previous?.status === "solved" && !OVER.includes(ticket.status);
  const agentReply = comment?.public && comment.author_id !== ticket.requester_id;
  metrics.put({
    ...metricsRow,
    updated_at: timestamp,
    assigned_at: ticket.assignee_id === null ? metricsRow.assigned_at : (metricsRow.assigned_at ?? timestamp),
    replies: metricsRow.replies + (agentReply ? 1 : 0),
    reply: metricsRow.reply ?? (agentReply ? minutes : null),
    reopens: metricsRow.reopens + (isReopened ? 1 : 0),
    ...(solvedNow
      ? {
          solved_at: timestamp,
          firstResolution: metricsRow.firstResolution ?? minutes,
          fullResolution: minutes,
          requesterWait: minutes,
        }
      : {}),
    ...(isReopened ? { solved_at: null, fullResolution: null } : {}),
  });
}
