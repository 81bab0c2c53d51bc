import { readInstant } from "@sidelight/model/instant.ts";
import type { DataOf, EventInput, Interaction, RecordInput } from "@sidelight/model/records.ts";
import { attributeFieldNames } from "@sidelight/platform-kit/attributes.ts";
import { goneRecord } from "@sidelight/platform-kit/gone.ts";
import type { Message, WebhookTools } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import { customKeysOf } from "./fieldAccess.ts";
import type { ZendeskOptions } from "./options.ts";
import { organizationRef, ticketRecord, ticketRef, userRef } from "./records.ts";
import { changedField, reportedValues } from "./reportedValues.ts";
import { withReply } from "./ticketWork.ts";
import type { WebhookOptions } from "./webhookOptions.ts";
import { WireTicket } from "./wire.ts";

const text = z.string().nullish();

// Zod would copy the members that we read later, and those that we do not read. It takes most of the time of reading an event.
const isMembers = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const members = z.custom<Record<string, unknown>>(isMembers, "not an object").meta({ type: "object" });

/** Envelope of an event subscription. Ids are strings, enums upper case, and `time` may have nine fractional digits. */
export const WireEvent = z.object({
  type: z.string().regex(/^zen:event-type[:/][a-z_]+\.[a-z_]+$/),
  id: z.string().min(1),
  time: z.string().refine((text) => Number.isFinite(readInstant(text)), "not an instant"),
  account_id: z.union([z.number(), z.string()]).transform(String),
  subject: text,
  detail: members,
  event: members.nullish(),
});
export type WireEvent = z.infer<typeof WireEvent>;

const objects = ["ticket", "user", "organization"] as const;
const numericId = /^[1-9]\d{0,18}$/;
/** Stored length of a description, in characters: enough for its topic and for churn words. */
const maxDescriptionLength = 2_000;

/** Converts an event. A ticket event contains the ticket's new version; a user or an organization must be fetched. */
export async function readEvent(wire: WireEvent, options: WebhookOptions, tools: WebhookTools): Promise<Message> {
  const [object = "", change = ""] = wire.type.slice("zen:event-type".length + 1).split(".");
  if (options.accountId && wire.account_id !== options.accountId) {
    return { kind: "unusable", reason: "wrong_account", detail: "the event belongs to another account" };
  }
  if (!objects.includes(object as (typeof objects)[number])) {
    return { kind: "unusable", reason: "unknown_type", detail: `events of ${object} are not used` };
  }
  const id = String(wire.detail["id"] ?? wire.subject?.split(":").at(-1) ?? "");
  if (!numericId.test(id)) return { kind: "unusable", reason: "unreadable", detail: "the event has no object id" };
  const base = {
    type: `zendesk.${object}.${change}`,
    timestamp: Date.parse(wire.time),
    platform: "zendesk",
    connection: tools.connection,
    object,
    sourceIds: [`event:${wire.id}`],
    sourceEventId: wire.id,
    isEcho: options.ownUserId !== undefined && String(wire.detail["actor_id"] ?? "") === options.ownUserId,
    data: changedValuesOf(wire, object === "user" ? customKeysOf("user", attributeFieldNames(mappingOf(tools))) : []),
    ...reportedIn(wire),
  };
  const order = preciseInstant(wire.time);
  if (object !== "ticket") {
    const ref = object === "user" ? userRef(id) : organizationRef(id);
    const successor = wire.type.endsWith("user.merged") ? successorOf(wire) : null;
    const record = successor === null ? null : await mergedRecord(ref, successor, order, tools);
    const refsToFetch = successor === null ? [ref] : [successor];
    return { kind: "event", event: { ...base, ref, subject: ref, record, interaction: null }, refsToFetch };
  }
  return await ticketMessage(base, change, id, wire, order, tools);
}

/** The user that another user was merged into. */
function successorOf({ event }: WireEvent): string | null {
  const id = String(event?.["user_id"] ?? "");
  return numericId.test(id) ? userRef(id) : null;
}

/** The deletion of a stored user that was merged. Look-ups of it lead to its successor. */
async function mergedRecord(ref: string, successor: string, order: number, tools: WebhookTools): Promise<RecordInput | null> {
  const data = (await tools.readCurrent([ref])).get(ref);
  if (!data) return null;
  const deletedRecord = goneRecord({ ref, data, connection: tools.connection, observedAt: tools.now(), mergedInto: successor });
  return { ...deletedRecord, order };
}

/** Epoch ms with a fraction: two events of the same millisecond may differ in their further digits. */
function preciseInstant(time: string): number {
  const furtherDigits = /\.\d{3}(\d{1,6})/.exec(time)?.[1] ?? "0";
  return Date.parse(time) + Number(`0.${furtherDigits}`);
}

async function ticketMessage(
  base: Omit<EventInput, "ref" | "subject" | "record" | "interaction">,
  change: string,
  id: string,
  wire: WireEvent,
  order: number,
  tools: WebhookTools,
): Promise<Message> {
  const ref = ticketRef(id);
  const detail = WireTicket.safeParse(wire.detail);
  // The ticket is incomplete: store the event and fetch the ticket.
  if (!detail.success) {
    return { kind: "event", event: { ...base, ref, subject: ref, record: null, interaction: null }, refsToFetch: [ref] };
  }
  const { requester_id, organization_id } = detail.data;
  const customers = [
    ...(requester_id === null ? [] : [userRef(requester_id)]),
    ...(organization_id === null ? [] : [organizationRef(organization_id)]),
  ];
  // A new ticket has no stored version.
  const previous = change === "created" ? undefined : (await tools.readCurrent([ref])).get(ref);
  const version = versionOf(detail.data, change, previous?.kind === "ticket" ? previous : null, { ...base, order }, tools);
  const record = withComment(version, wire);
  // Events do not contain the ticket's metrics, which hold its resolution times.
  const refsToFetch = isSolved(record) || change === "merged" ? [ref] : [];
  const event: EventInput = { ...base, ref, subject: record.subject, record, interaction: interactionOf(change, wire, record) };
  return { kind: "event", event, refsToFetch, refsToFetchIfAbsent: customers };
}

function versionOf(
  ticket: WireTicket,
  change: string,
  previous: DataOf<"ticket"> | null,
  { timestamp, order }: { timestamp: number; order: number },
  tools: WebhookTools,
): RecordInput {
  const origin = { connection: tools.connection, observedAt: tools.now() };
  const record = ticketRecord(ticket, { previous }, mappingOf(tools), origin);
  // What a new ticket says is its description, and not a reply.
  const first = change === "created" ? { replies: { count: 0, lastAt: null } } : {};
  const data = { ...(record.data as DataOf<"ticket">), ...first };
  const isSolvedOrClosed = data.status === "solved" || data.status === "closed";
  return {
    ...record,
    order,
    deleted: (record.deleted ?? false) || change === "soft_deleted" || change === "permanently_deleted",
    data: isSolvedOrClosed ? { ...data, solvedAt: data.solvedAt ?? new Date(timestamp).toISOString() } : data,
  };
}

/** With what the comment of an event says of the agents: a public one of theirs is a reply, and its author has a name. */
function withComment(record: RecordInput, { time, event }: WireEvent): RecordInput {
  const { data } = record;
  const comment = event?.["comment"] === undefined ? undefined : Comment.safeParse(event["comment"]).data;
  if (data.kind !== "ticket" || !comment?.author?.is_staff) return record;
  const { id, name } = comment.author;
  const isAssignee = data.assignee !== null && data.assignee !== undefined && String(id) === data.assignee.id;
  return {
    ...record,
    data: {
      ...data,
      ...(isAssignee && name ? { assignee: { id: String(id), name } } : {}),
      ...(comment.is_public ? { replies: withReply(data.replies, new Date(time).toISOString()) } : {}),
    },
  };
}

const mappingOf = ({ settings }: WebhookTools): ZendeskOptions["mapping"] => (settings as ZendeskOptions).mapping;

const isSolved = ({ data, deleted }: RecordInput): boolean => !deleted && data.kind === "ticket" && data.status === "solved";

function interactionOf(change: string, wire: WireEvent, { data }: RecordInput): Interaction | null {
  if (data.kind !== "ticket") return null;
  const category =
    typeof wire.detail["type"] === "string" && wire.detail["type"] !== "" ? wire.detail["type"].toLowerCase() : null;
  const description = newTextOf(change, wire) ?? data.subject;
  return { type: "ticket", priority: data.priority, category, description: description?.slice(0, maxDescriptionLength) ?? null };
}

/** The text that a person wrote in this event: a comment, or a new ticket's subject and first message; null when there is none. */
function newTextOf(change: string, { detail, event }: WireEvent): string | null {
  if (change === "comment_added") return Comment.safeParse(event?.["comment"]).data?.body ?? null;
  if (change !== "created") return null;
  const texts = [detail["subject"], detail["description"]].filter(
    (shownText) => typeof shownText === "string" && shownText !== "",
  );
  return texts.length === 0 ? null : [...new Set(texts)].join("\n");
}

const Comment = z.looseObject({
  id: z.union([z.number(), z.string()]).transform(String),
  body: z.string(),
  is_public: z.boolean().nullish(),
  author: z
    .looseObject({ is_staff: z.boolean().nullish(), id: z.union([z.number(), z.string()]).nullish(), name: text })
    .nullish(),
});

/** The value of a custom field is wrapped in an object. */
const valueIn = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "value" in value ? value.value : value;

function reportedIn({ event }: WireEvent): Pick<EventInput, "reported"> {
  const reportedMembers = reportedValues(event ?? {});
  return reportedMembers.length === 0 ? {} : { reported: reportedMembers };
}

/**
 * The changed values of the event, enums in lower case. Contains no text that a person wrote, and no birth date or postal address.
 * @param attributes keys of the user fields that hold these
 */
function changedValuesOf({ type, event }: WireEvent, attributes: readonly string[]): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  if (!event) return data;
  const field = changedField(event);
  if (field && attributes.includes(field.field)) return { field: field.field };
  const isEnum = /\.(status|priority|type)_changed$/.test(type);
  for (const name of ["previous", "current"]) {
    const value = valueIn(event[name]);
    if (typeof value === "string")
      data[name] = isEnum ? value.toLowerCase() || null : value === "" || value === "0" ? null : value;
    else if (typeof value === "number" || typeof value === "boolean") data[name] = value;
  }
  if (field) data["field"] = field.field;
  const comment = event["comment"] === undefined ? null : Comment.safeParse(event["comment"]).data;
  if (comment) {
    const { id, is_public, author } = comment;
    data["comment"] = { id, isPublic: is_public ?? null, byStaff: author?.is_staff ?? null };
  }
  return data;
}
