import { XMLParser } from "fast-xml-parser";
import { z } from "zod";

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  // Ids, names and times are all that is read: none of them needs an entity, and none is ever expanded.
  processEntities: false,
  // Envelope, body, notifications, notification, object, field; compound fields go a little deeper.
  maxNestedTags: 12,
  isArray: (name) => name === "Notification",
});

const Envelope = z.object({
  Envelope: z.object({
    Body: z.object({
      notifications: z.object({
        /** 15 or 18 characters. */
        OrganizationId: z.string().regex(/^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/),
        Notification: z.array(z.unknown()).default([]),
      }),
    }),
  }),
});
export type OutboundMessage = z.infer<typeof Envelope>["Envelope"]["Body"]["notifications"];

/** "A notification": the id is the message's own, and stays the same however often it is sent. */
export const Notification = z.looseObject({
  Id: z.string().regex(/^[a-zA-Z0-9]{15,18}$/),
  sObject: z.looseObject({ "@type": z.string(), Id: z.string() }),
});
export type Notification = z.infer<typeof Notification>;

/** The message in a SOAP envelope, which a byte order mark may precede. Null for what is none, and for whatever has a DTD. */
export function readMessage(body: Buffer): OutboundMessage | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    // No platform sends one: a declaration of types or entities is an attack on the parser.
    if (/<!\s*(DOCTYPE|ENTITY)/i.test(text)) return null;
    const read = Envelope.safeParse(parser.parse(text, true));
    return read.success ? read.data.Envelope.Body.notifications : null;
  } catch {
    return null;
  }
}

/** A session that anybody may use until it ends, and where to use it. */
const session = /<((?:[\w.-]+:)?(?:SessionId|EnterpriseUrl|PartnerUrl))(?:\s[^>]*)?(?<!\/)>[\s\S]*?<\/\1\s*>/g;

export const withoutSession = (body: Buffer): Buffer => Buffer.from(body.toString("utf8").replace(session, ""));

/** Anything else makes Salesforce send the whole message again, for 24 hours. */
export const acknowledgement = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>',
  '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>',
  "</soapenv:Body></soapenv:Envelope>",
].join("");
