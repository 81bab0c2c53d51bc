import { createHmac, randomUUID } from "node:crypto";
import type { ApiResponse, Harness } from "./harness.ts";
import type { WebhookResult } from "./zendeskWebhook.ts";

export const organizationOf = (harness: Harness, tenant = "acme"): string =>
  harness.lab.tenants[tenant]!.salesforce.credentials.organizationId;

/** One `<Notification>`: an object's id and the fields that an administrator selected. */
export interface Notified {
  /** The record's id. */
  id: string;
  /** `Account`, or a name with another prefix than `sf:`. */
  object?: string;
  /** The notification's id. Default: a new one. */
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

const escapeXml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A SOAP message as in Salesforce's documentation. */
export function outboundMessage(entries: readonly Notified[], options: OutboundOptions): string {
  const { organizationId, bom = false, prolog = "", sessionId = "00D000000000062!AQ0AQKsession" } = options;
  const fragments = entries.map(({ id, object = "Account", notificationId = newNotificationId(), fields = {} }) => {
    const values = Object.entries(fields).map(([name, value]) => `     <sf:${name}>${escapeXml(value)}</sf:${name}>`);
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
    ...fragments,
    "  </notifications>",
    " </soapenv:Body>",
    "</soapenv:Envelope>",
  ].join("\n");
}

export interface OutboundOverrides {
  tenant?: string;
  token?: string;
  headers?: Record<string, string>;
}

export async function sendOutbound(
  harness: Harness,
  xml: string,
  overrides: OutboundOverrides = {},
): Promise<ApiResponse<string>> {
  const { tenant = "acme", headers = {} } = overrides;
  const token = overrides.token ?? harness.webhooks[tenant]!.token.salesforce;
  return await harness.request<string>(`/v1/webhooks/${tenant}/salesforce/${token}`, {
    role: null,
    method: "POST",
    body: xml,
    headers: { "content-type": "text/xml; charset=utf-8", soapaction: '""', ...headers },
  });
}

export interface CalloutEventInput {
  object: string;
  id: string;
  what: string;
  at?: string;
  name?: string;
}

export interface CalloutOverrides {
  tenant?: string;
  token?: string;
  secret?: string;
  /** `webhook-id`. Default: a new one. */
  id?: string;
  /** Unix seconds. Default: the harness's clock. */
  timestamp?: string;
  signature?: string;
}

/** `v1,` and base64(HMAC-SHA256(id.timestamp.body)) as specified. Independent of the product's own code. */
export function calloutSignature(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

/** Sends what the class SidelightNotify would send. */
export async function sendCallout(
  harness: Harness,
  body: readonly CalloutEventInput[] | object | string,
  overrides: CalloutOverrides = {},
): Promise<ApiResponse<WebhookResult>> {
  const { tenant = "acme", id = `msg_${randomUUID()}` } = overrides;
  const webhooks = harness.webhooks[tenant]!;
  const now = harness.clock.now();
  const payload = Array.isArray(body)
    ? { events: body.map((e: CalloutEventInput) => ({ at: new Date(now).toISOString(), ...e })) }
    : body;
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const timestamp = overrides.timestamp ?? String(Math.floor(now / 1000));
  const signature = overrides.signature ?? calloutSignature(overrides.secret ?? webhooks.salesforceCallout, id, timestamp, text);
  return await harness.request(`/v1/webhooks/${tenant}/salesforce/${overrides.token ?? webhooks.token.salesforceCallout}`, {
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
