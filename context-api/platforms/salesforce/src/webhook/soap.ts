import { setImmediate as nextTurn } from "node:timers/promises";
import { SaxesParser } from "saxes";
import { z } from "zod";

/** A notification. Its id stays the same when it is sent again. */
export const Notification = z.looseObject({
  Id: z.string().regex(/^[a-zA-Z0-9]{15,18}$/),
  sObject: z.looseObject({ "@type": z.string(), Id: z.string() }),
});
export type Notification = z.infer<typeof Notification>;

export interface OutboundMessage {
  /** 15 or 18 characters. */
  OrganizationId: string;
  /** As sent; {@link Notification} checks each of them. */
  Notification: unknown[];
}

/** An organization's id is at the beginning of a message. */
const prefixBytes = 4_096;
const organizationInPrefix =
  /<(?:[\w.-]{1,40}:)?OrganizationId>\s{0,20}(?:<!\[CDATA\[)?([a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?)[\s\]<]/;

/** The id of the organization that a body names at its beginning, without parsing the body; null when there is none. */
export function organizationOf(body: Buffer): string | null {
  return organizationInPrefix.exec(body.subarray(0, prefixBytes).toString("latin1"))?.[1] ?? null;
}

/** Characters that are parsed in one turn of the event loop. */
const chunkLength = 32 * 1024;

/** Parses a SOAP envelope, with or without a byte order mark. Null for anything else, and for any document with a DTD. */
export async function readMessage(body: Buffer): Promise<OutboundMessage | null> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    const reader = createMessageReader();
    for (let start = 0; start < text.length; start += chunkLength) {
      if (start > 0) await nextTurn();
      reader.write(text.slice(start, start + chunkLength));
    }
    return reader.end();
  } catch {
    return null;
  }
}

// Envelope, body, notifications, notification, object, field; compound fields go a little deeper.
const maxDepth = 12;
/** More than a message may have, so that a larger one is noticed. */
const maxNotifications = 101;
const maxFields = 1_000;
/** Of the values that are read: ids and times. */
const maxValueLength = 100;

const organizationPath = "Envelope/Body/notifications/OrganizationId";
const notificationPath = "Envelope/Body/notifications/Notification";

/** Collects ids, names and times of a message. Throws for a document that is not well-formed. */
function createMessageReader() {
  const parser = new SaxesParser();
  const names: string[] = [];
  const organizationIds: string[] = [];
  const notifications: { Id?: string; sObject?: Record<string, string> }[] = [];
  let value = "";

  parser.on("error", (error) => {
    throw error;
  });
  // Salesforce sends no DTD: one would be an attack on the parser.
  parser.on("doctype", () => {
    throw new Error("the document has a DTD");
  });
  parser.on("opentag", ({ name, attributes }) => {
    names.push(localName(name));
    if (names.length > maxDepth) throw new Error("the document has too many levels");
    value = "";
    const path = names.join("/");
    if (path === notificationPath && notifications.length < maxNotifications) notifications.push({});
    const notification = notifications.at(-1);
    if (path === `${notificationPath}/sObject` && notification) notification.sObject = typeOf(attributes);
  });
  const addText = (text: string): void => {
    if (value.length < maxValueLength) value += text.slice(0, maxValueLength);
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => {
    const path = names.join("/");
    const name = names.pop() ?? "";
    const notification = notifications.at(-1);
    if (path === organizationPath) organizationIds.push(value);
    else if (path === `${notificationPath}/Id` && notification) notification.Id = value;
    else if (path === `${notificationPath}/sObject/${name}` && notification?.sObject) addField(notification.sObject, name, value);
    value = "";
  });

  return {
    write: (text: string) => void parser.write(text),
    end(): OutboundMessage | null {
      parser.close();
      const [organizationId, ...otherIds] = organizationIds;
      const isMessage = organizationId !== undefined && /^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/.test(organizationId);
      return isMessage && otherIds.length === 0 ? { OrganizationId: organizationId, Notification: notifications } : null;
    },
  };
}

const localName = (name: string): string => name.slice(name.indexOf(":") + 1);

/** `xsi:type="sf:Account"` */
function typeOf(attributes: Record<string, string>): Record<string, string> {
  const type = Object.entries(attributes).find(([name]) => localName(name) === "type");
  return type ? { "@type": type[1] } : {};
}

function addField(fields: Record<string, string>, name: string, value: string): void {
  if (name !== "__proto__" && Object.keys(fields).length < maxFields) fields[name] = value;
}

const secretTags = /<(\/?)(?:[\w.-]{1,40}:)?(SessionId|EnterpriseUrl|PartnerUrl)(?=[\s/>])[^<>]*>/g;

/**
 * A body without its session token, which anyone could use until it expires, and without the URLs to use it at. Takes linear time. An
 * element that does not end takes all that follows with it.
 */
export function withoutSession(body: Buffer): Buffer {
  const text = body.toString("utf8");
  let result = "";
  let end = 0;
  let open: string | null = null;
  for (const { 0: tag, 1: slash, 2: name = "", index } of text.matchAll(secretTags)) {
    if (open === null && slash === "") {
      result += text.slice(end, index);
      end = index + tag.length;
      if (!tag.endsWith("/>")) open = name;
    } else if (open === name && slash === "/") {
      end = index + tag.length;
      open = null;
    }
  }
  return Buffer.from(open === null ? result + text.slice(end) : result);
}

/** A message of the organization without a notification. */
export const emptyMessage = (organizationId: string): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>',
    '<notifications xmlns="http://soap.sforce.com/2005/09/outbound">',
    `<OrganizationId>${organizationId}</OrganizationId>`,
    "</notifications></soapenv:Body></soapenv:Envelope>",
  ].join("");

/** Salesforce repeats the message for 24 hours unless it gets exactly this response. */
export const acknowledgement = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>',
  '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>',
  "</soapenv:Body></soapenv:Envelope>",
].join("");
