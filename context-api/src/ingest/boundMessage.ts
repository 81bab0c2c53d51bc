import type { RecordInput } from "@sidelight/model/records.ts";
import type { Message } from "@sidelight/platform-kit/webhook.ts";

type EventMessage = Extract<Message, { kind: "event" }>;

/** Clocks differ, and a sender may be in another time zone. A later time would win over all later versions of a record. */
const maxAheadMs = 86_400_000;
/** Longer texts are cut. No section and no route needs more. */
const maxTextLength = 10_000;
/** Of types, refs and ids, which are stored as they are, and shown in lists. No platform has longer ones. */
const maxNameLength = 2_000;
/** Of an event with its records, as JSON in characters. A page of the log has up to a thousand events. */
const maxEventLength = 256 * 1024;

/**
 * The message with numbers and sizes that the log accepts, whatever its source allows: an event with an impossible time, or one that is
 * too large, becomes unusable; long texts are cut.
 * @param now epoch ms
 * @param bodyLength bytes of the request, which bound the texts of its messages; unknown when left out
 */
export function boundMessage(message: Message, now: number, bodyLength = Number.POSITIVE_INFINITY): Message {
  if (message.kind !== "event") return message;
  const records = [message.event.record, ...(message.relatedRecords ?? [])].filter((record) => record !== null);
  const times = [message.event.timestamp, ...records.flatMap((record) => timesOf(record))];
  if (times.some((time) => !(time >= 0 && time <= now + maxAheadMs)))
    return outOfBounds("a time is not readable, before 1970 or more than a day in the future");
  if (namesOf(message, records).some((name) => name.length > maxNameLength))
    return outOfBounds(`a type or an id has more than ${maxNameLength} characters`);
  // Measuring a message costs as much as parsing it.
  if (bodyLength <= maxTextLength || lengthOf(message) <= maxTextLength) return message;
  const cutMessage = cutTexts(message);
  return lengthOf(cutMessage) <= maxEventLength ? cutMessage : outOfBounds(`the event has more than ${maxEventLength / 1024} KB`);
}

const outOfBounds = (detail: string): Message => ({ kind: "unusable", reason: "out_of_bounds", detail });

/** Epoch ms; NaN for a member that should be a time and is not. */
function timesOf({ changedAt, order, data }: RecordInput): number[] {
  const times = changedAt === null ? [] : [changedAt];
  if (order !== undefined) times.push(order);
  for (const [name, value] of Object.entries(data))
    if (typeof value === "string" && (name === "at" || name.endsWith("At"))) times.push(Date.parse(value));
  return times;
}

function namesOf({ event }: EventMessage, records: readonly RecordInput[]): string[] {
  const { type, object, ref, subject, sourceIds, sourceEventId } = event;
  return [
    ...[type, object, ref, subject, ...sourceIds, sourceEventId ?? ""],
    ...records.flatMap((record) => [
      ...[record.object, record.ref, record.subject],
      ...record.edges.map(({ to }) => to),
      ...record.identifiers.map(({ value }) => value),
    ]),
  ];
}

const contentOf = ({ event, relatedRecords = [] }: EventMessage) => ({
  data: event.data,
  interaction: event.interaction,
  record: event.record?.data ?? null,
  related: relatedRecords.map((record) => record.data),
});

const lengthOf = (message: EventMessage): number => JSON.stringify(contentOf(message)).length;

function cutTexts(message: EventMessage): EventMessage {
  const { event, relatedRecords } = message;
  return {
    ...message,
    event: {
      ...event,
      data: cut(event.data),
      interaction: cut(event.interaction),
      record: event.record && cutRecord(event.record),
    },
    ...(relatedRecords ? { relatedRecords: relatedRecords.map(cutRecord) } : {}),
  };
}

const cutRecord = (record: RecordInput): RecordInput => ({ ...record, data: cut(record.data) });

/** Bodies are not nested deeply, see readJson. */
function cut<T>(value: T): T {
  if (typeof value === "string") return value.slice(0, maxTextLength).toWellFormed() as T;
  if (Array.isArray(value)) return value.map(cut) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, cut(item)])) as T;
}
