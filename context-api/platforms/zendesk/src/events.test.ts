import type { WebhookTools } from "@sidelight/platform-kit/webhook.ts";
import { describe, expect, it } from "vitest";
import { readEvent, WireEvent } from "./events.ts";
import { ZendeskOptions } from "./options.ts";

const settings = ZendeskOptions.parse({
  ...{ url: "https://acme.zendesk.com", auth: { clientId: "c", clientSecret: "s" } },
  mapping: { birthDate: "born", address: { line: "user_fields.street" } },
});
const tools = { settings, connection: "zd", now: () => 1_000, readCurrent: async () => new Map() } as unknown as WebhookTools;

async function dataOf(key: string, current: string): Promise<unknown> {
  const wire = WireEvent.parse({
    ...{ type: "zen:event-type:user.custom_field_changed", id: "01J", time: "2026-11-20T09:00:00Z", account_id: 1 },
    detail: { id: "7" },
    event: { current, previous: null, custom_field: { id: key } },
  });
  const message = await readEvent(wire, {} as Parameters<typeof readEvent>[1], tools);
  return message.kind === "event" ? message.event.data : message;
}

describe("the event of a changed user field", () => {
  it("has the value, unless the field is mapped as a birth date or a part of an address", async () => {
    expect(await dataOf("job_title", "CTO")).toEqual({ field: "job_title", current: "CTO" });
    expect(await dataOf("born", "1980-02-29")).toEqual({ field: "born" });
    expect(await dataOf("street", "12 High Street")).toEqual({ field: "street" });
  });
});
