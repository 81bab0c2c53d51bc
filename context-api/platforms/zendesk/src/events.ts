import type { DataOf, EventInput, Interaction, RecordInput } from "@sidelight/model/records.ts";
import type { InletTools, Message } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import { organizationRef, ticketRecord, ticketRef, userRef } from "./records.ts";
import type { WebhookOptions } from "./webhook.ts";
import { WireTicket } from "./wire.ts";

const text = z.string().nullish();

/** The envelope of an event subscription. Ids are strings here, enums upper case, and `time` may have nine fractional digits. */
export const WireEvent = z.looseObject({
  type: z.string().regex(/^zen:event-type[:/][a-z_]+\.[a-z_]+$/),
  id: z.string().min(1),
  time: z.string().refine((at) => Number.isFinite(Date.parse(at)), "not an instant"),
  account_id: z.union([z.number(), z.string()]).transform(String),
  subject: text,
  detail: z.record(z.string(), z.unknown()),
  event: z.looseObject({}).nullish(),
});
export type WireEvent = z.infer<typeof WireEvent>;

const objects = ["ticket", "user", "organization"] as const;
const numeric = /^[1-9]\d{0,18}$/;
/** Of what somebody wrote: enough to see what it is about, and whether they speak of leaving. */
const longest = 2_000;

/** An event as the log takes it. A ticket comes with its new version; a user or an organisation has to be fetched. */
export async function readEvent(wire: WireEvent, options: WebhookOptions, tools: InletTools): Promise<Message> {
  const [object = "", what = ""] = wire.type.slice("zen:event-type".length + 1).split(".");
  if (options.accountId && wire.account_id !== options.accountId) {
    return { kind: "unusable", reason: "wrong_account", detail: "the event is another account's" };
  }
  if (!objects.includes(object as (typeof objects)[number])) {
    return { kind: "unusable", reason: "unknown_type", detail: `events of ${object} are not used` };
  }
  const id = String(wire.detail["id"] ?? wire.subject?.split(":").at(-1) ?? "");
  if (!numeric.test(id)) return { kind: "unusable", reason: "unreadable", detail: "the event names no object" };
  const base = {
    type: `zendesk.${object}.${what}`,
    timestamp: Date.parse(wire.time),
    platform: "zendesk",
    connection: tools.connection,
    object,
    sourceIds: [`event:${wire.id}`],
    isEcho: options.ownUserId !== undefined && String(wire.detail["actor_id"] ?? "") === options.ownUserId,
    data: changesOf(wire),
  };
  if (object !== "ticket") {
    const ref = object === "user" ? userRef(id) : organizationRef(id);
    return { kind: "event", event: { ...base, ref, subject: ref, record: null, interaction: null }, fetch: [ref] };
  }
  return await ticketMessage(base, what, id, wire, tools);
}

async function ticketMessage(
  base: Omit<EventInput, "ref" | "subject" | "record" | "interaction">,
  what: string,
  id: string,
  wire: WireEvent,
  tools: InletTools,
): Promise<Message> {
  const ref = ticketRef(id);
  const detail = WireTicket.safeParse(wire.detail);
  // Not shown whole: what happened is kept, and the ticket fetched.
  if (!detail.success) {
    return { kind: "event", event: { ...base, ref, subject: ref, record: null, interaction: null }, fetch: [ref] };
  }
  const requester = detail.data.requester_id ? userRef(detail.data.requester_id) : null;
  const known = await tools.knows(requester ? [requester] : []);
  // A ticket that has just come to be has no past.
  const before = what === "created" ? undefined : (await tools.current([ref])).get(ref);
  const record = versionOf(detail.data, what, before?.kind === "ticket" ? before : null, base, tools);
  const fetch = [
    ...(requester && !known.has(requester) ? [requester] : []),
    // Times of resolution stand in the ticket's metrics, which no event shows.
    ...(isSolved(record) || what === "merged" ? [ref] : []),
  ];
  const event: EventInput = { ...base, ref, subject: record.subject, record, interaction: interactionOf(what, wire, record) };
  return { kind: "event", event, fetch };
}

function versionOf(
  ticket: WireTicket,
  what: string,
  before: DataOf<"ticket"> | null,
  { timestamp }: { timestamp: number },
  tools: InletTools,
): RecordInput {
  const record = ticketRecord(ticket, undefined, { connection: tools.connection, observedAt: tools.now() });
  const data = record.data as DataOf<"ticket">;
  const isOver = data.status === "solved" || data.status === "closed";
  return {
    ...record,
    order: timestamp,
    deleted: (record.deleted ?? false) || what === "soft_deleted" || what === "permanently_deleted",
    data: {
      ...data,
      solvedAt: isOver ? (before?.solvedAt ?? new Date(timestamp).toISOString()) : null,
      resolutionMinutes: before?.resolutionMinutes ?? null,
    },
  };
}

const isSolved = ({ data, deleted }: RecordInput): boolean => !deleted && data.kind === "ticket" && data.status === "solved";

function interactionOf(what: string, wire: WireEvent, { data }: RecordInput): Interaction | null {
  if (data.kind !== "ticket") return null;
  const category =
    typeof wire.detail["type"] === "string" && wire.detail["type"] !== "" ? wire.detail["type"].toLowerCase() : null;
  const description = writtenIn(what, wire) ?? data.subject;
  return { type: "ticket", priority: data.priority, category, description: description?.slice(0, longest) ?? null };
}

/** What a person wrote just now: a comment, or a new ticket's title and first message. */
function writtenIn(what: string, { detail, event }: WireEvent): string | null {
  if (what === "comment_added") return Comment.safeParse(event?.["comment"]).data?.body ?? null;
  if (what !== "created") return null;
  const texts = [detail["subject"], detail["description"]].filter((one) => typeof one === "string" && one !== "");
  return texts.length === 0 ? null : [...new Set(texts)].join("\n");
}

const Comment = z.looseObject({
  id: z.union([z.number(), z.string()]).transform(String),
  body: z.string(),
  is_public: z.boolean().nullish(),
  author: z.looseObject({ is_staff: z.boolean().nullish() }).nullish(),
});

/** What the event says of the change itself: values before and after, lower-cased, and no text that a person wrote. */
function changesOf({ type, event }: WireEvent): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  if (!event) return data;
  const isEnum = /\.(status|priority|type)_changed$/.test(type);
  for (const name of ["previous", "current"]) {
    const value = event[name];
    if (typeof value === "string")
      data[name] = isEnum ? value.toLowerCase() || null : value === "" || value === "0" ? null : value;
    else if (typeof value === "number" || typeof value === "boolean") data[name] = value;
  }
  const comment = Comment.safeParse(event["comment"]);
  if (comment.success) {
    const { id, is_public, author } = comment.data;
    data["comment"] = { id, isPublic: is_public ?? null, byStaff: author?.is_staff ?? null };
  }
  return data;
}
