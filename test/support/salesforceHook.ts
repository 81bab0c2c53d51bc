import { createHmac, randomUUID } from "node:crypto";
import type { Answer, House } from "./house.ts";
import type { WebhookResult } from "./zendeskHook.ts";

export const organizationOf = (house: House, tenant = "acme"): string =>
  house.lab.tenants[tenant]!.salesforce.credentials.organizationId;

/** One `<Notification>`: an object's id and the fields that an administrator chose to be sent. */
export interface Notified {
  /** The record's. */
  id: string;
  /** `Account`; with another prefix than `sf:` where it has one. */
  object?: string;
  /** The notification's own; a new one when left out. */
  notificationId?: string;
  fields?: Record<string, string>;
}

export interface OutboundOptions {
  organizationId: string;
  /** A byte order mark before the XML. */
  bom?: boolean;
  /** Before the envelope: `<!DOCTYPE …>`. */
  prolog?: string;
  sessionId?: string;
}

let notifications = 0;
export const newNotificationId = (): string => `04l5g00000${String(++notifications).padStart(5, "0")}AAA`;

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** A SOAP message as Salesforce's documentation shows it. */
export function outboundMessage(notified: readonly Notified[], options: OutboundOptions): string {
  const { organizationId, bom = false, prolog = "", sessionId = "00D000000000062!AQ0AQKsession" } = options;
  const each = notified.map(({ id, object = "Account", notificationId = newNotificationId(), fields = {} }) => {
    const values = Object.entries(fields).map(([name, value]) => `     <sf:${name}>${escaped(value)}</sf:${name}>`);
    const type = object.includes(":") ? object : `sf:${object}`;
    return [
      "   <Notification>",
      `    <Id>${notificationId}</Id>`,
      `    <sObject xsi:type="${type}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">`,
      `     <sf:Id>${id}</sf:Id>`,
      ...values,
      "    </sObject>",
      "   </Notification>",
    ].join("\n");
  });
  return [
    `${bom ? "\uFEFF" : ""}<?xml version="1.0" encoding="UTF-8"?>`,
    `${prolog}<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`,
    " <soapenv:Body>",
    '  <notifications xmlns="http://soap.sforce.com/2005/09/outbound">',
    `   <OrganizationId>${organizationId}</OrganizationId>`,
    "   <ActionId>04k5g0000008OIAAA2</ActionId>",
    `   <SessionId>${sessionId}</SessionId>`,
    "   <EnterpriseUrl>https://acme.my.salesforce.com/services/Soap/c/67.0/00D5g</EnterpriseUrl>",
    "   <PartnerUrl>https://acme.my.salesforce.com/services/Soap/u/67.0/00D5g</PartnerUrl>",
    ...each,
    "  </notifications>",
    " </soapenv:Body>",
    "</soapenv:Envelope>",
  ].join("\n");
}

export interface OutboundSending {
  tenant?: string;
  token?: string;
  headers?: Record<string, string>;
}

export async function sendOutbound(house: House, xml: string, sending: OutboundSending = {}): Promise<Answer<string>> {
  const { tenant = "acme", headers = {} } = sending;
  const token = sending.token ?? house.webhooks[tenant]!.token.salesforce;
  return await house.ask<string>(`/v1/webhooks/${tenant}/salesforce/${token}`, {
    role: null,
    method: "POST",
    body: xml,
    headers: { "content-type": "text/xml; charset=utf-8", soapaction: '""', ...headers },
  });
}

export interface ToldEvent {
  object: string;
  id: string;
  what: string;
  at?: string;
  name?: string;
}

export interface CalloutSending {
  tenant?: string;
  token?: string;
  secret?: string;
  /** `webhook-id`; a new one when left out. */
  id?: string;
  /** Unix seconds; the house's present when left out. */
  timestamp?: string;
  signature?: string;
}

/** `v1,` and base64(HMAC-SHA256(id.timestamp.body)), as the specification has it; written here apart from the product's own. */
export function calloutSignature(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

/** What the class SidelightNotify would send. */
export async function sendCallout(
  house: House,
  body: readonly ToldEvent[] | object | string,
  sending: CalloutSending = {},
): Promise<Answer<WebhookResult>> {
  const { tenant = "acme", id = `msg_${randomUUID()}` } = sending;
  const own = house.webhooks[tenant]!;
  const now = house.clock.now();
  const told = Array.isArray(body) ? { events: body.map((e: ToldEvent) => ({ at: new Date(now).toISOString(), ...e })) } : body;
  const text = typeof told === "string" ? told : JSON.stringify(told);
  const timestamp = sending.timestamp ?? String(Math.floor(now / 1000));
  const signature = sending.signature ?? calloutSignature(sending.secret ?? own.salesforceCallout, id, timestamp, text);
  return await house.ask(`/v1/webhooks/${tenant}/salesforce/${sending.token ?? own.token.salesforceCallout}`, {
    role: null,
    method: "POST",
    body: text,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signature,
    },
  });
}
