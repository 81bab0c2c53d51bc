import { createHash, timingSafeEqual } from "node:crypto";
import type { Message, WebhookRequest, WebhookSource, WebhookTools } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import { changeEvent } from "./changeEvent.ts";
import { acknowledgement, Notification, type OutboundMessage, readMessage, withoutSession } from "./soap.ts";

const Options = z.strictObject({
  /** Setup → Company Information → Salesforce.com Organization ID; 15 or 18 characters. Not a secret. */
  organizationId: z.string().regex(/^00D[a-zA-Z0-9]{12}([a-zA-Z0-9]{3})?$/, "must be the id of an organization: 00D…"),
  /** For a proxy that terminates TLS, requires Salesforce's client certificate and passes on its fingerprint. */
  clientCertificate: z
    .strictObject({
      /** Header that the proxy sets. The proxy must remove it from incoming requests. */
      header: z.string().regex(/^[a-zA-Z0-9-]+$/),
      /** SHA-256 or SHA-1 of the certificate in hexadecimal, with or without colons. */
      fingerprint: z.string().regex(/^([0-9a-fA-F]{2}:?){19}([0-9a-fA-F]{2}|([0-9a-fA-F]{2}:?){12}[0-9a-fA-F]{2})$/),
    })
    .optional(),
});
type Options = z.infer<typeof Options>;

/** "A single outbound message can contain up to 100 notifications." */
const maxNotifications = 100;

const messages = new WeakMap<WebhookRequest, OutboundMessage | null>();

/**
 * SOAP without a signature. The sender is verified by the secret path, the organization id, the client certificate and the allowed
 * networks. No signature covers a notification's id, so it is trusted for deduplication.
 */
export const outboundMessages: WebhookSource<Options> = {
  options: Options,
  body: {
    mediaType: "text/xml",
    description:
      "A SOAP outbound message with up to 100 notifications. Not signed: the URL and the organization id authenticate it.",
  },
  // 100 objects with all their fields.
  maxBytes: 5 * 1024 * 1024,

  async verify(request, { organizationId, clientCertificate }) {
    const fingerprint = clientCertificate && (request.headers[clientCertificate.header.toLowerCase()] ?? "");
    if (fingerprint !== undefined && !isSame(hexOf(fingerprint), hexOf(clientCertificate?.fingerprint ?? ""))) return false;
    const message = messageIn(request);
    // The first 15 characters identify the organization; the last three are a checksum.
    return message !== null && isSame(message.OrganizationId.slice(0, 15), organizationId.slice(0, 15));
  },

  async parse(request, options, tools) {
    const message = messageIn(request);
    if (!message) return [unreadable("the body is not an outbound message")];
    // A quarantined message is parsed again later, when the configuration may have changed.
    if (!isSame(message.OrganizationId.slice(0, 15), options.organizationId.slice(0, 15))) {
      return [{ kind: "unusable", reason: "wrong_account", detail: "the message belongs to another organization" }];
    }
    const { length } = message.Notification;
    if (length < 1 || length > maxNotifications)
      return [unreadable(`${length} notifications; 1 to ${maxNotifications} are allowed`)];
    return message.Notification.map((notification) => readNotification(notification, request.receivedAt, tools));
  },

  redact: withoutSession,

  acknowledge: () => ({ status: 200, contentType: "text/xml; charset=utf-8", body: acknowledgement }),
};

function messageIn(request: WebhookRequest): OutboundMessage | null {
  if (!messages.has(request)) messages.set(request, readMessage(request.body));
  return messages.get(request) ?? null;
}

/** A message contains selected fields as of the time of sending, so the object is fetched. */
function readNotification(input: unknown, receivedAt: number, tools: WebhookTools): Message {
  const notification = Notification.safeParse(input);
  if (!notification.success)
    return unreadable(`unexpected notification format at ${notification.error.issues[0]?.path.join(".") || "its root"}`);
  const { Id, sObject } = notification.data;
  const fields = Object.keys(sObject).filter((name) => /^[A-Za-z]\w{0,79}$/.test(name) && name !== "Id");
  return changeEvent(
    {
      object: sObject["@type"].split(":").at(-1) ?? "",
      id: sObject.Id,
      what: "updated",
      timestamp: modifiedAt(sObject) ?? receivedAt,
      sourceId: `outbound:${Id}`,
      sourceEventId: Id,
      data: { fields },
      isEcho: false,
    },
    tools.connection,
  );
}

function modifiedAt({ LastModifiedDate, SystemModstamp }: Notification["sObject"]): number | null {
  const ms = Date.parse(String(LastModifiedDate ?? SystemModstamp ?? ""));
  return Number.isFinite(ms) ? ms : null;
}

const unreadable = (detail: string): Message => ({ kind: "unusable", reason: "unreadable", detail });

const hexOf = (fingerprint: string): string => fingerprint.replaceAll(":", "").toLowerCase();

/** Compares in constant time. An empty text equals nothing. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return a !== "" && timingSafeEqual(digest(a), digest(b));
}
