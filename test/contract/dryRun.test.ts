import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dryRunReplay } from "@sidelight/context-api/cli/replay/dryRun.ts";
import { generic } from "@sidelight/generic/index.ts";
import { mixpanel } from "@sidelight/mixpanel/index.ts";
import { systemClock } from "@sidelight/model/clock.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { salesforce } from "@sidelight/salesforce/index.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { zendesk } from "@sidelight/zendesk/index.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

const platforms = [salesforce, zendesk, mixpanel, generic] as readonly Platform[];
const note = {
  id: "note",
  on: "zendesk.ticket.created",
  when: "event.interaction.priority = 'urgent'",
  to: "zendesk",
  do: "add-internal-note",
  with: '{ "ticket": ref, "body": "Please check" }',
};
let harness: Harness;
let original: string;
beforeAll(async () => {
  harness = await openHarness({
    configure: (config) => {
      config.tenants.acme.routing = { routes: [note] };
    },
  });
  original = await readFile(join(harness.directory, "sidelight.yaml"), "utf8");
  await ticket("URGENT", "All is fine");
  await ticket("NORMAL", "We might leave you");
  await advanceUntil(harness.clock, 20, "the delivery", async () => {
    const { items } = (await harness.request("/v1/deliveries")).body;
    return items.length === 1 && items[0].state !== "waiting";
  });
});
afterAll(() => harness.close());
afterEach(() => writeFile(join(harness.directory, "sidelight.yaml"), original));

let ticketCount = 0;
async function ticket(priority: string, subject: string): Promise<void> {
  const requesterId = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()][0]!.requester_id;
  const fields = { id: 880_000 + ++ticketCount, requesterId, updatedAt: harness.clock.now(), priority, subject };
  await sendZendesk(harness, ticketEvent("created", fields));
}

async function dryRun(change: (routing: ConfigTree) => void, since = "30d"): Promise<string> {
  const config = parse(original);
  change(config.tenants.acme.routing);
  await writeFile(join(harness.directory, "sidelight.yaml"), stringify(config));
  const env = { SIDELIGHT_DATA: harness.directory, SIDELIGHT_CONFIG: join(harness.directory, "sidelight.yaml") };
  const context = { env, clock: systemClock, platformNames: [], loadPlatforms: async () => platforms };
  return await dryRunReplay({ context, tenant: "acme", since, isJson: false });
}

describe("a dry run over past events", () => {
  it("reports no difference for unchanged routes", async () => {
    expect(await dryRun(() => {})).toMatch(/events, 1 deliveries the same\n {2}no difference/);
  });

  it("lists added, removed and changed deliveries by event, without values", async () => {
    const addedText = await dryRun((routing) => {
      routing.routes[0].when = undefined;
    });
    expect(addedText).toMatch(/note → zendesk add-internal-note: 1 added\n {4}\+ evt_\w+ {2}\S+ {2}zendesk\.ticket\.created/);
    const removedText = await dryRun((routing) => {
      routing.routes[0].enabled = false;
    });
    expect(removedText).toContain("note → zendesk add-internal-note: 1 removed");
    const changedText = await dryRun((routing) => {
      routing.routes[0].with = '{ "ticket": ref, "body": "Call them" }';
    });
    expect(changedText).toMatch(/1 changed\n {4}~ .* {2}input\.body\n/);
    expect(addedText + removedText + changedText).not.toMatch(/Please check|Call them/);
  });

  it("lists churn risks that other churn words would raise", async () => {
    const words = await dryRun((routing) => {
      routing.settings = { risk: { churnWords: { en: ["leave you"] } } };
    });
    expect(words).toContain("customer.churn_risk.raised: 1 added");
  });

  it("reads no event before --since, and writes and sends nothing", async () => {
    const [requestCount, deliveries] = [harness.requests().length, (await harness.request("/v1/deliveries")).text];
    const later = await dryRun((routing) => {
      routing.routes[0].when = undefined;
    }, new Date(harness.clock.now() + 60_000).toISOString());
    expect(later).toContain("0 events");
    expect(harness.requests().length).toBe(requestCount);
    expect((await harness.request("/v1/deliveries")).text).toBe(deliveries);
    await expect(dryRun(() => {}, "yesterday")).rejects.toThrow('--since is "yesterday". Use 30m, 12h, 7d or an RFC 3339 time.');
  });
});
