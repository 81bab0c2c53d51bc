import type { Field } from "../../simulators/salesforce/schema.ts";
import { schemaOf } from "../../simulators/salesforce/schema.ts";
import type { TenantWorld } from "../../world/tenant.ts";
import type { SfRow, SfValue } from "../../world/types.ts";
import { letters } from "../tokens.ts";
import type { QueuedNotification } from "./drafts.ts";

const OUTBOUND = "http://soap.sforce.com/2005/09/outbound";
const SOBJECT = "urn:sobject.enterprise.soap.sforce.com";
const SOAP = "http://schemas.xmlsoap.org/soap/envelope/";
const API = "67.0";

/** One outbound message: notifications of one object, with every field that has a value. */
export function outboundMessage(
  world: TenantWorld,
  orgUrl: string,
  items: readonly { queued: QueuedNotification; row: SfRow }[],
): string {
  const { organizationId } = world.salesforce;
  const object = items[0]!.queued.object;
  // Each object's message has a fixed ActionId.
  const actionId = `04k${letters(15, "outbound-action", world.tenant, object)}`;
  const notifications = items.map(
    ({ queued, row }) =>
      `<Notification><Id>${queued.id}</Id><sObject xsi:type="sf:${object}" xmlns:sf="${SOBJECT}">${fields(object, row)}</sObject></Notification>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    `<soapenv:Envelope xmlns:soapenv="${SOAP}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`,
    `<soapenv:Body><notifications xmlns="${OUTBOUND}">`,
    `<OrganizationId>${organizationId}</OrganizationId>`,
    `<ActionId>${actionId}</ActionId>`,
    `<SessionId>${sessionId(world)}</SessionId>`,
    `<EnterpriseUrl>${orgUrl}/services/Soap/c/${API}/${organizationId.slice(0, 15)}</EnterpriseUrl>`,
    `<PartnerUrl>${orgUrl}/services/Soap/u/${API}/${organizationId.slice(0, 15)}</PartnerUrl>`,
    ...notifications,
    "</notifications></soapenv:Body></soapenv:Envelope>",
  ].join("");
}

/** A session of the user that the message is sent as. It is valid nowhere in the lab. */
export const sessionId = (world: TenantWorld): string =>
  `${world.salesforce.organizationId.slice(0, 15)}!AQ${letters(80, "outbound-session", world.tenant)}`;

function fields(object: string, row: SfRow): string {
  const schema = schemaOf(object)!;
  const fieldSpecs = [...schema.fields.values()].filter(({ name }) => name !== "Id");
  const id = `<sf:Id>${row.Id}</sf:Id>`;
  return [id, ...fieldSpecs.map((field) => element(field, row[field.name]))].join("");
}

/** Omits a field without a value. */
function element(field: Field, value: SfValue | undefined): string {
  if (value === null || value === undefined) return "";
  return `<sf:${field.name}>${escapeXml(lexical(field, value))}</sf:${field.name}>`;
}

function lexical({ type }: Field, value: SfValue): string {
  if (type === "datetime") return new Date(String(value)).toISOString();
  const isDecimal = type === "currency" || type === "double" || type === "percent";
  return isDecimal && Number.isInteger(value) ? `${value}.0` : String(value);
}

const ENTITY: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/** Removes characters that XML cannot contain. */
const escapeXml = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu, "")
    .replace(/[&<>"']/g, (c) => ENTITY[c]!);

const RESPONSE = /<(?:([\w-]+):)?notificationsResponse\b([^>]*)>([\s\S]*?)<\/(?:[\w-]+:)?notificationsResponse\s*>/;
const ACK = /^\s*<(?:[\w-]+:)?Ack\s*>\s*true\s*<\/(?:[\w-]+:)?Ack\s*>\s*$/;

/** Whether a response is exactly the acknowledgment. Any other response counts as a failure. */
export function isAcknowledged(text: string): boolean {
  const [, prefix, attributes = "", inner = ""] = RESPONSE.exec(text) ?? [];
  const declares = (name: string): RegExp => new RegExp(`\\b${name}\\s*=\\s*["']${OUTBOUND.replaceAll(".", "\\.")}["']`);
  const isTheirs = prefix ? declares(`xmlns:${prefix}`).test(text) : declares("xmlns").test(attributes);
  return isTheirs && text.includes(SOAP) && ACK.test(inner);
}
