import { createHmac } from "node:crypto";
import type { Answer, House } from "./house.ts";

/** What a Zendesk account would send. */
export interface ZendeskSending {
  tenant?: string;
  secret?: string;
  /** RFC 3339; the house's present when left out. */
  timestamp?: string;
  token?: string;
  signature?: string;
  headers?: Record<string, string>;
}

export interface WebhookResult {
  accepted: number;
  duplicates: number;
  quarantined: number;
  eventIds: string[];
}

/** base64(HMAC-SHA256(timestamp + body)), as Zendesk documents it; written here apart from the product's own. */
export const zendeskSignature = (secret: string, timestamp: string, body: string): string =>
  createHmac("sha256", secret).update(`${timestamp}${body}`).digest("base64");

export async function sendZendesk(house: House, body: unknown, sending: ZendeskSending = {}): Promise<Answer<WebhookResult>> {
  const { tenant = "acme" } = sending;
  const own = house.webhooks[tenant]!;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const timestamp = sending.timestamp ?? new Date(house.clock.now()).toISOString();
  const signature = sending.signature ?? zendeskSignature(sending.secret ?? own.zendesk, timestamp, text);
  return await house.ask(`/v1/webhooks/${tenant}/zendesk/${sending.token ?? own.token.zendesk}`, {
    role: null,
    method: "POST",
    body: text,
    headers: {
      "content-type": "application/json",
      "x-zendesk-account-id": "22129848",
      "x-zendesk-webhook-id": "01FB0M8DPP1WXRJ3EY4YWVR8FV",
      "x-zendesk-webhook-invocation-id": "01FB0M9WZX1HSKNCEMX2EE7HKQ",
      "x-zendesk-webhook-signature": signature,
      "x-zendesk-webhook-signature-timestamp": timestamp,
      ...sending.headers,
    },
  });
}

let events = 0;

/** An event as Zendesk's documentation shows them: ids are strings, enums upper case, nine fractional digits. */
export function ticketEvent(
  what: string,
  ticket: { id: number | string; requesterId: number | string; updatedAt: number; [more: string]: unknown },
  event: object = {},
): Record<string, unknown> {
  const { id, requesterId, updatedAt, ...detail } = ticket;
  const second = new Date(Math.floor(updatedAt / 1000) * 1000).toISOString().replace(".000", "");
  return {
    type: `zen:event-type:ticket.${what}`,
    account_id: 22129848,
    id: `00000000-0000-4000-8000-${String(++events).padStart(12, "0")}`,
    time: `${new Date(updatedAt).toISOString().slice(0, -1)}123456Z`,
    zendesk_event_version: "2022-11-06",
    subject: `zen:ticket:${id}`,
    detail: {
      actor_id: String(requesterId),
      assignee_id: "0",
      brand_id: "1260000000001",
      created_at: second,
      custom_status: "1260000000002",
      description: "The export stops halfway.",
      external_id: "",
      form_id: "0",
      group_id: "",
      id: String(id),
      is_public: true,
      organization_id: "0",
      priority: "",
      requester_id: String(requesterId),
      status: "NEW",
      subject: "The export stops halfway",
      submitter_id: String(requesterId),
      tags: [],
      type: "QUESTION",
      updated_at: second,
      via: { channel: "web_service" },
      ...detail,
    },
    event: { meta: { version: "1.0", occurred_at: second, ref: "1", sequence: { id: "01H", position: 1, total: 1 } }, ...event },
  };
}
