import { createHmac } from "node:crypto";
import type { ApiResponse, Harness } from "./harness.ts";

/** Overrides for a webhook of a Zendesk account. */
export interface ZendeskOverrides {
  tenant?: string;
  secret?: string;
  /** RFC 3339. Default: the harness's clock. */
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

/** base64(HMAC-SHA256(timestamp + body)) as Zendesk documents it. Independent of the product's own code. */
export const zendeskSignature = (secret: string, timestamp: string, body: string): string =>
  createHmac("sha256", secret).update(`${timestamp}${body}`).digest("base64");

export async function sendZendesk(
  harness: Harness,
  body: unknown,
  overrides: ZendeskOverrides = {},
): Promise<ApiResponse<WebhookResult>> {
  const { tenant = "acme" } = overrides;
  const webhooks = harness.webhooks[tenant]!;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const timestamp = overrides.timestamp ?? new Date(harness.clock.now()).toISOString();
  const signature = overrides.signature ?? zendeskSignature(overrides.secret ?? webhooks.zendesk, timestamp, text);
  return await harness.request(`/v1/webhooks/${tenant}/zendesk/${overrides.token ?? webhooks.token.zendesk}`, {
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
      ...overrides.headers,
    },
  });
}

let events = 0;

/** An event as in Zendesk's documentation: ids are strings, enums upper case, nine fractional digits. */
export function ticketEvent(
  change: string,
  ticket: { id: number | string; requesterId: number | string; updatedAt: number; [attributes: string]: unknown },
  event: object = {},
): Record<string, unknown> {
  const { id, requesterId, updatedAt, ...detail } = ticket;
  const second = new Date(Math.floor(updatedAt / 1000) * 1000).toISOString().replace(".000", "");
  return {
    type: `zen:event-type:ticket.${change}`,
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
