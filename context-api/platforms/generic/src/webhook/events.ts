import type { RecordInput } from "@sidelight/model/records.ts";
import { readJson } from "@sidelight/platform-kit/json.ts";
import { signingSecrets } from "@sidelight/platform-kit/signingSecrets.ts";
import { standardSecret, standardTestRequest, verifyStandardWebhook } from "@sidelight/platform-kit/standardWebhooks.ts";
import {
  jsonResponse,
  type Message,
  readEach,
  type WebhookRequest,
  type WebhookSource,
  type WebhookTools,
} from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import { customerOf, type EventCustomer } from "./customer.ts";
import { eventFormat, type IncomingEvent, parseEvent } from "./parseEvent.ts";

const Options = z.strictObject(signingSecrets(standardSecret));

const maxEvents = 100;
const dayMs = 86_400_000;

/** Events of the company's own services: one or a list of up to 100, in our format or as CloudEvents, signed by Standard Webhooks. */
export const events: WebhookSource<z.infer<typeof Options>> = {
  options: Options,
  body: {
    mediaType: "application/json",
    description: `An event in Sidelight's format, a CloudEvent 1.0, or a list of up to ${maxEvents}. Signed by Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature.`,
    schema: z.union([eventFormat, z.array(eventFormat).max(maxEvents)]),
  },
  // 100 events of 16 KB data, and their other members.
  maxBytes: 2 * 1024 * 1024,

  verify: verifyStandardWebhook,
  testRequest: standardTestRequest,

  async parse(request, _, tools) {
    const json = readJson(request.body);
    if ("problem" in json) return [unreadable(`the body ${json.problem}`)];
    const body = json.value;
    if (!Array.isArray(body)) return [messageOf(body, "", 0, request, tools)];
    if (body.length > maxEvents) return [unreadable(`the list contains more than ${maxEvents} events`)];
    return readEach(body, (value, index) => messageOf(value, `/${index}`, index, request, tools));
  },

  acknowledge: (_, result) => jsonResponse(202, result),
};

function messageOf(value: unknown, pointer: string, index: number, request: WebhookRequest, tools: WebhookTools): Message {
  const parsed = parseEvent(value);
  if ("problem" in parsed) return unexpectedFormat(pointer + parsed.problem);
  const { event } = parsed;
  const timestamp = event.at ?? request.receivedAt;
  const isCloudEvent = event.name?.source != null;
  // A time in the future would win over later events about the same customer.
  if (timestamp < 0 || timestamp > request.receivedAt + dayMs)
    return unexpectedFormat(`${pointer}/${isCloudEvent ? "time" : "at"}`);
  const customer = customerOf(event, timestamp, tools);
  if (!customer)
    return unexpectedFormat(`${pointer}${isCloudEvent ? "/data" : ""}/customer${event.customer.ref == null ? "" : "/ref"}`);
  const message = JSON.stringify(["message", idOf(request), index]);
  const sourceId = event.name && JSON.stringify(["event", event.name.source, event.name.id]);
  const record = recordOf(event, timestamp, customer, sourceId ?? message, tools);
  return {
    kind: "event",
    event: {
      type: `generic.event.${typeSegment(event.type)}`,
      timestamp: timestamp,
      platform: "generic",
      connection: tools.connection,
      object: "event",
      ref: record.ref,
      subject: record.subject,
      // Both are covered by the signature.
      sourceIds: sourceId === null ? [message] : [sourceId, message],
      sourceEventId: event.name?.id ?? idOf(request),
      record,
      interaction: event.interaction,
      data: dataOf(event),
      isEcho: false,
    },
    relatedRecords: customer.person ? [customer.person] : [],
  };
}

function recordOf(
  { name, type, title }: IncomingEvent,
  timestamp: number,
  customer: EventCustomer,
  sourceId: string,
  tools: WebhookTools,
): RecordInput {
  const id = name?.source === null ? name.id : tools.pseudonym(sourceId);
  return {
    ref: `generic.event:${id}`,
    platform: "generic",
    connection: tools.connection,
    object: "event",
    subject: customer.edge.to,
    changedAt: timestamp,
    observedAt: tools.now(),
    identifiers: [],
    edges: [customer.edge],
    data: { kind: "activity", type, subject: title ?? type, at: new Date(timestamp).toISOString() },
  };
}

/** The event's content. The sender's own members are nested under `data`, so that they cannot collide with ours. */
function dataOf({ name, type, title, data }: IncomingEvent): Record<string, unknown> {
  return { type, ...(name?.source ? { source: name.source } : {}), ...(title === null ? {} : { title }), data };
}

/** `billing.invoice_overdue` → `billing_invoice_overdue`: the last part of a type in the log. */
const typeSegment = (type: string): string =>
  type
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "");

const header = (request: WebhookRequest, name: string): string => request.headers[`webhook-${name}`] ?? "";
const idOf = (request: WebhookRequest): string => header(request, "id");

const unreadable = (detail: string): Message => ({ kind: "unusable", reason: "unreadable", detail });
const unexpectedFormat = (pointer: string): Message => unreadable(`unexpected format at ${pointer || "its root"}`);
