import type { FieldValue, TicketStatus, ZdComment, ZdMetrics, ZdTicket } from "../../world/types.ts";
import { type Context, noteEffect } from "../context.ts";
import { noteAudit } from "./audits.ts";
import { fail, invalid } from "./errors.ts";
import { fieldValue } from "./fields.ts";

const STATUSES = ["new", "open", "pending", "hold", "solved", "closed"];
const PRIORITIES = ["urgent", "high", "normal", "low"];
const TYPES = ["problem", "incident", "question", "task"];

export type Asked = Record<string, unknown>;

/** Lays what a client asked for over a ticket; unknown attributes are ignored, wrong values are 422. */
export function apply(ctx: Context, ticket: ZdTicket, asked: Asked): ZdTicket {
  const out: ZdTicket = { ...ticket, tags: [...ticket.tags], custom_fields: ticket.custom_fields.map((f) => ({ ...f })) };
  const oneOf = (name: "status" | "priority" | "type", values: string[]): void => {
    const value = asked[name];
    if (value === undefined) return;
    if (value !== null && !values.includes(String(value)))
      invalid(name, `${name[0]!.toUpperCase()}${name.slice(1)}: is not included in the list`, "InvalidValue");
    Object.assign(out, { [name]: value });
  };
  oneOf("status", STATUSES);
  oneOf("priority", PRIORITIES);
  oneOf("type", TYPES);
  if (asked["subject"] !== undefined) out.subject = String(asked["subject"]);
  if (asked["external_id"] !== undefined) out.external_id = asked["external_id"] === null ? null : String(asked["external_id"]);
  out.assignee_id = reference(ctx, asked, "assignee_id", ticket.assignee_id, "Assignee");
  out.requester_id = reference(ctx, asked, "requester_id", ticket.requester_id, "Requester") ?? ticket.requester_id;
  if (asked["organization_id"] !== undefined) {
    const id = asked["organization_id"] as number | null;
    if (id !== null && !ctx.world.zendesk.organizations.get(id))
      invalid("organization", "Organization: is invalid", "InvalidValue");
    out.organization_id = id;
  }
  // `tags` replaces all; `additional_tags` and `remove_tags` only work in update_many.
  if (asked["tags"] !== undefined) out.tags = tagList(asked["tags"]);
  setFields(ctx, out, asked["custom_fields"]);
  if (out.status === "solved" && out.assignee_id === null)
    invalid("base", "Assignee: is required when solving a ticket", "BlankValue");
  return out;
}

export const tagList = (value: unknown): string[] =>
  [
    ...new Set(
      (Array.isArray(value) ? value.map(String) : String(value ?? "").split(/[\s,]+/)).map((tag) =>
        tag.toLowerCase().replace(/\s+/g, "_"),
      ),
    ),
  ].filter(Boolean);

function reference(ctx: Context, asked: Asked, name: string, own: number | null, label: string): number | null {
  const value = asked[name];
  if (value === undefined) return own;
  if (value === null) return null;
  const user = ctx.world.zendesk.users.get(value as number);
  if (!user?.active || (label === "Assignee" && user.role === "end-user"))
    return invalid("base", `${label}: is invalid`, "InvalidValue");
  return user.id;
}

function setFields(ctx: Context, ticket: ZdTicket, asked: unknown): void {
  if (asked === undefined) return;
  if (!Array.isArray(asked)) fail(400, "InvalidValue", "custom_fields must be an array of {id, value}");
  for (const entry of asked as { id?: unknown; value?: unknown }[]) {
    // A field that does not exist is passed over in silence: a name instead of a number does nothing.
    const field = ctx.world.zendesk.fields.find((f) => f.id === Number(entry?.id));
    if (!field) continue;
    const value: FieldValue = fieldValue(field, entry.value ?? null);
    const before = ticket.custom_fields.find((f) => f.id === field.id);
    if (field.type === "tagger") {
      // The option of a drop-down is a tag of the ticket as well.
      ticket.tags = ticket.tags.filter((tag) => tag !== before?.value);
      if (typeof value === "string" && !ticket.tags.includes(value)) ticket.tags.push(value);
    }
    if (before) before.value = value;
    else ticket.custom_fields.push({ id: field.id, value });
  }
}

/** The comment a client adds, or null. */
export function commentOf(ctx: Context, ticketId: number, asked: Asked, at: string): ZdComment | null {
  const comment = asked["comment"];
  if (comment === undefined || comment === null) return null;
  const { body, html_body, public: visible, author_id } = comment as Asked;
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
    created_at: at,
  };
}

/** Stores a written ticket with all that follows from it: stamps, metrics, comment, the effect. */
export function store(ctx: Context, before: ZdTicket | null, ticket: ZdTicket, asked: Asked, at: string): ZdTicket {
  const zd = ctx.world.zendesk;
  const stamped: ZdTicket = { ...ticket, updated_at: at, generated_timestamp: Math.floor(Date.parse(at) / 1000) };
  const comment = commentOf(ctx, ticket.id, asked, at);
  ctx.world.change(() => {
    zd.tickets.put(stamped);
    if (comment) zd.comments.put(comment);
    touchMetrics(ctx, before, stamped, comment, at);
    noteAudit(ctx, ticket.id, asked, at);
    noteEffect(ctx, zd.effects, "ticket", String(ticket.id), asked, before ? "update" : "create");
  });
  return stamped;
}

const OVER: TicketStatus[] = ["solved", "closed"];

function touchMetrics(ctx: Context, before: ZdTicket | null, ticket: ZdTicket, comment: ZdComment | null, at: string): void {
  const { metrics } = ctx.world.zendesk;
  const known: ZdMetrics = metrics.get(ticket.id) ?? {
    id: ctx.world.ids.zendesk.make("metric", ticket.id),
    ticket_id: ticket.id,
    created_at: at,
    updated_at: at,
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
  const minutes = Math.max(1, Math.round((Date.parse(at) - Date.parse(ticket.created_at)) / 60_000));
  const solvedNow = OVER.includes(ticket.status) && !(before && OVER.includes(before.status));
  const reopened = before?.status === "solved" && !OVER.includes(ticket.status);
  const agentReply = comment?.public && comment.author_id !== ticket.requester_id;
  metrics.put({
    ...known,
    updated_at: at,
    assigned_at: ticket.assignee_id === null ? known.assigned_at : (known.assigned_at ?? at),
    replies: known.replies + (agentReply ? 1 : 0),
    reply: known.reply ?? (agentReply ? minutes : null),
    reopens: known.reopens + (reopened ? 1 : 0),
    ...(solvedNow
      ? { solved_at: at, firstResolution: known.firstResolution ?? minutes, fullResolution: minutes, requesterWait: minutes }
      : {}),
    ...(reopened ? { solved_at: null, fullResolution: null } : {}),
  });
}
