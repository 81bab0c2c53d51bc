import { createHash, timingSafeEqual } from "node:crypto";
import type { Delivery, Inlet, InletTools, Message } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import { changeEvent } from "./changeEvent.ts";
import { acknowledgement, Notification, type OutboundMessage, readMessage, withoutSession } from "./soap.ts";

const Options = z.strictObject({
  /** Setup → Company Information → Salesforce.com Organization ID; 15 or 18 characters. It is no secret. */
  organizationId: z.string().regex(/^00D[a-zA-Z0-9]{12}([a-zA-Z0-9]{3})?$/, "not the id of an organisation: 00D…"),
  /** Where the proxy that ends TLS asks for Salesforce's client certificate, and tells us of it. */
  clientCertificate: z
    .strictObject({
      /** Set by the proxy, which has to drop whatever a sender wrote under this name. */
      header: z.string().regex(/^[a-zA-Z0-9-]+$/),
      /** SHA-256 or SHA-1 of the certificate, as the proxy writes it: in hexadecimal, colons or not. */
      fingerprint: z.string().regex(/^([0-9a-fA-F]{2}:?){19}([0-9a-fA-F]{2}|([0-9a-fA-F]{2}:?){12}[0-9a-fA-F]{2})$/),
    })
    .optional(),
});
type Options = z.infer<typeof Options>;

/** "A single outbound message can contain up to 100 notifications." */
const mostNotifications = 100;

const messages = new WeakMap<Delivery, OutboundMessage | null>();

/**
 * SOAP, and not signed: what makes sure of its sender is the unguessable path, the organisation it names, the client certificate
 * and the networks that it may come from. So a notification's own id is taken for granted, as nothing better covers it.
 */
export const outboundMessages: Inlet<Options> = {
  options: Options,
  // A hundred objects with every field they have.
  mostBytes: 5 * 1024 * 1024,

  async authenticate(delivery, { organizationId, clientCertificate }) {
    const given = clientCertificate && (delivery.headers[clientCertificate.header.toLowerCase()] ?? "");
    if (given !== undefined && !isSame(hexOf(given), hexOf(clientCertificate?.fingerprint ?? ""))) return false;
    const message = messageIn(delivery);
    // The last three characters are a checksum of the first fifteen, in which case counts.
    return message !== null && isSame(message.OrganizationId.slice(0, 15), organizationId.slice(0, 15));
  },

  async read(delivery, options, tools) {
    const message = messageIn(delivery);
    if (!message) return [unreadable("the body is no outbound message")];
    // What is held is read again under the configuration of another day.
    if (!isSame(message.OrganizationId.slice(0, 15), options.organizationId.slice(0, 15))) {
      return [{ kind: "unusable", reason: "wrong_account", detail: "the message is another organisation's" }];
    }
    const { length } = message.Notification;
    if (length < 1 || length > mostNotifications)
      return [unreadable(`${length} notifications where 1 to ${mostNotifications} may be`)];
    return message.Notification.map((notification) => readNotification(notification, delivery.receivedAt, tools));
  },

  redact: withoutSession,

  acknowledge: () => ({ status: 200, contentType: "text/xml; charset=utf-8", body: acknowledgement }),
};

function messageIn(delivery: Delivery): OutboundMessage | null {
  if (!messages.has(delivery)) messages.set(delivery, readMessage(delivery.body));
  return messages.get(delivery) ?? null;
}

/** The fields that a message shows were chosen for it in Setup, and are of the moment of sending: the object itself is fetched. */
function readNotification(given: unknown, receivedAt: number, tools: InletTools): Message {
  const notification = Notification.safeParse(given);
  if (!notification.success)
    return unreadable(`a notification of unknown form at ${notification.error.issues[0]?.path.join(".") || "its root"}`);
  const { Id, sObject } = notification.data;
  const fields = Object.keys(sObject).filter((name) => /^[A-Za-z]\w{0,79}$/.test(name) && name !== "Id");
  return changeEvent(
    {
      object: sObject["@type"].split(":").at(-1) ?? "",
      id: sObject.Id,
      what: "updated",
      timestamp: modifiedAt(sObject) ?? receivedAt,
      sourceId: `outbound:${Id}`,
      data: { fields },
      isEcho: false,
    },
    tools.connection,
  );
}

function modifiedAt({ LastModifiedDate, SystemModstamp }: Notification["sObject"]): number | null {
  const at = Date.parse(String(LastModifiedDate ?? SystemModstamp ?? ""));
  return Number.isFinite(at) ? at : null;
}

const unreadable = (detail: string): Message => ({ kind: "unusable", reason: "unreadable", detail });

const hexOf = (fingerprint: string): string => fingerprint.replaceAll(":", "").toLowerCase();

/** In the same time wherever they differ, and whatever their lengths. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return a !== "" && timingSafeEqual(digest(a), digest(b));
}
