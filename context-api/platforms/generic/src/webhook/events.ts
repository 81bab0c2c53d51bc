import type { RecordInput } from "@sidelight/model/records.ts";
import { currentSecrets, SigningSecrets } from "@sidelight/platform-kit/signingSecrets.ts";
import { isSigned } from "@sidelight/platform-kit/standardWebhooks.ts";
import { type Delivery, type Inlet, type InletTools, jsonAnswer, type Message } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import { type About, customerOf } from "./customer.ts";
import { type Given, readForm } from "./forms.ts";

const Options = z.strictObject(SigningSecrets);

const mostEvents = 100;
const dayMs = 86_400_000;

/** Events of one's own services: one or a list of up to 100, in our form or as CloudEvents, signed as Standard Webhooks has it. */
export const events: Inlet<z.infer<typeof Options>> = {
  options: Options,
  // 100 events of 16 KB, and what stands around them.
  mostBytes: 2 * 1024 * 1024,

  async authenticate(delivery, options, tools) {
    const secrets = await currentSecrets(options, tools);
    const headers = { id: idOf(delivery), timestamp: header(delivery, "timestamp"), signature: header(delivery, "signature") };
    // Every secret is tried, so that time tells nothing of which one fits.
    return secrets.map((secret) => isSigned(secret, headers, delivery.body, tools.now())).includes(true);
  },

  async read(delivery, _, tools) {
    const body = parsed(delivery.body);
    if (body === undefined) return [unreadable("the body is no JSON")];
    if (!Array.isArray(body)) return [messageOf(body, "", 0, delivery, tools)];
    if (body.length > mostEvents) return [unreadable(`the list holds more than ${mostEvents} events`)];
    return body.map((value, index) => messageOf(value, `/${index}`, index, delivery, tools));
  },

  acknowledge: (_, result) => jsonAnswer(202, result),
};

function messageOf(value: unknown, where: string, index: number, delivery: Delivery, tools: InletTools): Message {
  const read = readForm(value);
  if ("problem" in read) return unknownForm(where + read.problem);
  const { given } = read;
  const at = given.at ?? delivery.receivedAt;
  const isCloudEvent = given.own?.source != null;
  // Ahead of every clock, what is said later of the same customer would not count.
  if (at < 0 || at > delivery.receivedAt + dayMs) return unknownForm(`${where}/${isCloudEvent ? "time" : "at"}`);
  const about = customerOf(given, at, tools);
  if (!about) return unknownForm(`${where}${isCloudEvent ? "/data" : ""}/customer/ref`);
  const message = JSON.stringify(["message", idOf(delivery), index]);
  const own = given.own && JSON.stringify(["event", given.own.source, given.own.id]);
  const record = recordOf(given, at, about, own ?? message, tools);
  return {
    kind: "event",
    event: {
      type: `generic.event.${wordsOf(given.type)}`,
      timestamp: at,
      platform: "generic",
      connection: tools.connection,
      object: "event",
      ref: record.ref,
      subject: record.subject,
      // Both are part of what is signed.
      sourceIds: own === null ? [message] : [own, message],
      record,
      interaction: given.interaction,
      data: saidBy(given),
      isEcho: false,
    },
    also: about.person ? [about.person] : [],
  };
}

function recordOf({ own, type, title }: Given, at: number, about: About, name: string, tools: InletTools): RecordInput {
  const id = own?.source === null ? own.id : tools.pseudonym(name);
  return {
    ref: `generic.event:${id}`,
    platform: "generic",
    connection: tools.connection,
    object: "event",
    subject: about.edge.to,
    changedAt: at,
    observedAt: tools.now(),
    identifiers: [],
    edges: [about.edge],
    data: { kind: "activity", type, subject: title ?? type, at: new Date(at).toISOString() },
  };
}

/** All that it says, under names that nothing of the sender's own can take. */
function saidBy({ own, type, title, data }: Given): Record<string, unknown> {
  return { type, ...(own?.source ? { source: own.source } : {}), ...(title === null ? {} : { title }), data };
}

/** `billing.invoice_overdue` → `billing_invoice_overdue`: the last part of a type in the log. */
const wordsOf = (type: string): string =>
  type
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "");

const header = (delivery: Delivery, name: string): string => delivery.headers[`webhook-${name}`] ?? "";
const idOf = (delivery: Delivery): string => header(delivery, "id");

const unreadable = (detail: string): Message => ({ kind: "unusable", reason: "unreadable", detail });
const unknownForm = (pointer: string): Message => unreadable(`not of the known form at ${pointer || "its root"}`);

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
