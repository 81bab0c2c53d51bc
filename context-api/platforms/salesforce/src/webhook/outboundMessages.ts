import { createHash, timingSafeEqual } from "node:crypto";
import { salesforceId } from "@sidelight/model/identifiers/recordIds.ts";
import { readInstant } from "@sidelight/model/instant.ts";
import {
  type Message,
  readEach,
  type WebhookRequest,
  type WebhookSource,
  type WebhookTools,
} from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import { changeEvent } from "./changeEvent.ts";
import {
  acknowledgement,
  emptyMessage,
  Notification,
  type OutboundMessage,
  organizationOf,
  readMessage,
  withoutSession,
} from "./soap.ts";

const Options = z.strictObject({
  /** Setup → Company Information → Salesforce.com Organization ID; 15 or 18 characters. Not a secret. */
  organizationId: z.string().regex(/^00D[a-z0-9]{12}([a-z0-9]{3})?$/i, "must be the id of an organization: 00D…"),
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

const messages = new WeakMap<WebhookRequest, Promise<OutboundMessage | null>>();

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
  // 100 notifications with 10 KB each. Only the ids are used, so a message needs few fields.
  maxBytes: 1024 * 1024,

  async verify(request, { organizationId, clientCertificate }) {
    const fingerprint = clientCertificate && (request.headers[clientCertificate.header.toLowerCase()] ?? "");
    if (fingerprint !== undefined && !isSame(hexOf(fingerprint), hexOf(clientCertificate?.fingerprint ?? "")))
      return "client_certificate_mismatch";
    // Before the body is parsed: parsing costs the most.
    const claimedId = organizationOf(request.body);
    if (claimedId === null) return "body_unreadable";
    if (!isOfOrganization(claimedId, organizationId)) return "organization_mismatch";
    const message = await messageIn(request);
    if (message === null) return "body_unreadable";
    return isOfOrganization(message.OrganizationId, organizationId) ? null : "organization_mismatch";
  },

  testRequest: async ({ organizationId }) => ({
    headers: { "content-type": "text/xml; charset=utf-8" },
    body: emptyMessage(organizationId),
  }),

  async parse(request, options, tools) {
    const message = await messageIn(request);
    if (!message) return [unreadable("the body is not an outbound message")];
    // A quarantined message is parsed again later, when the configuration may have changed.
    if (!isOfOrganization(message.OrganizationId, options.organizationId)) {
      return [{ kind: "unusable", reason: "wrong_account", detail: "the message belongs to another organization" }];
    }
    const { length } = message.Notification;
    if (length < 1 || length > maxNotifications)
      return [unreadable(`${length} notifications; 1 to ${maxNotifications} are allowed`)];
    return readEach(message.Notification, (notification) => readNotification(notification, request.receivedAt, tools));
  },

  redact: withoutSession,

  acknowledge: () => ({ status: 200, contentType: "text/xml; charset=utf-8", body: acknowledgement }),
};

/** Parsed once for a request. */
function messageIn(request: WebhookRequest): Promise<OutboundMessage | null> {
  const message = messages.get(request) ?? readMessage(request.body);
  messages.set(request, message);
  return message;
}

/** The first 15 characters identify the organization; the last three are a checksum. */
const isOfOrganization = (id: string, organizationId: string): boolean => isSame(idWithCase(id), idWithCase(organizationId));

/** The first 15 characters, in the case that the last three encode. */
const idWithCase = (id: string): string => (salesforceId(id) ?? id).slice(0, 15);

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
  const ms = readInstant(String(LastModifiedDate ?? SystemModstamp ?? ""));
  return Number.isFinite(ms) ? ms : null;
}

const unreadable = (detail: string): Message => ({ kind: "unusable", reason: "unreadable", detail });

const hexOf = (fingerprint: string): string => fingerprint.replaceAll(":", "").toLowerCase();

/** Compares in constant time. An empty text equals nothing. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return a !== "" && timingSafeEqual(digest(a), digest(b));
}
