import { XMLParser } from "fast-xml-parser";
import { z } from "zod";

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  // Only ids, names and times are read. They need no entities, so none are expanded.
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

/** A notification. Its id stays the same when it is sent again. */
export const Notification = z.looseObject({
  Id: z.string().regex(/^[a-zA-Z0-9]{15,18}$/),
  sObject: z.looseObject({ "@type": z.string(), Id: z.string() }),
});
export type Notification = z.infer<typeof Notification>;

/** Parses a SOAP envelope, with or without a byte order mark. Null for anything else, and for any document with a DTD. */
export function readMessage(body: Buffer): OutboundMessage | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    // Salesforce sends no DTD: one would be an attack on the parser.
    if (/<!\s*(DOCTYPE|ENTITY)/i.test(text)) return null;
    const parsed = Envelope.safeParse(parser.parse(text, true));
    return parsed.success ? parsed.data.Envelope.Body.notifications : null;
  } catch {
    return null;
  }
}

/** A session token that anyone could use until it expires, and the URLs to use it at. */
const session = /<((?:[\w.-]+:)?(?:SessionId|EnterpriseUrl|PartnerUrl))(?:\s[^>]*)?(?<!\/)>[\s\S]*?<\/\1\s*>/g;

export const withoutSession = (body: Buffer): Buffer => Buffer.from(body.toString("utf8").replace(session, ""));

/** Salesforce repeats the message for 24 hours unless it gets exactly this response. */
export const acknowledgement = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>',
  '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>',
  "</soapenv:Body></soapenv:Envelope>",
].join("");
