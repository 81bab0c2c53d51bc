import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { replayDry } from "@sidelight/context-api/cli/replay/dryRun.ts";
import { generic } from "@sidelight/generic/index.ts";
import { mixpanel } from "@sidelight/mixpanel/index.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { salesforce } from "@sidelight/salesforce/index.ts";
import { zendesk } from "@sidelight/zendesk/index.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { type ConfigTree, type House, openHouse } from "../support/house.ts";
import { until } from "../support/until.ts";
import { sendZendesk, ticketEvent } from "../support/zendeskHook.ts";

const platforms = [salesforce, zendesk, mixpanel, generic] as readonly Platform[];
const note = {
  id: "note",
  on: "zendesk.ticket.created",
  when: "event.interaction.priority = 'urgent'",
  to: "zendesk",
  do: "add-internal-note",
  with: '{ "ticket": ref, "body": "Mind this one" }',
};
let house: House;
let original: string;
beforeAll(async () => {
  house = await openHouse({
    configure: (config) => {
      config.tenants.acme.routing = { routes: [note] };
    },
  });
  original = await readFile(join(house.directory, "sidelight.yaml"), "utf8");
  await ticket("URGENT", "All is well");
  await ticket("NORMAL", "We might leave you");
  await until("what was routed", async () => {
    house.clock.advance(20);
    const { items } = (await house.ask("/v1/deliveries")).body;
    return items.length === 1 && items[0].state !== "waiting";
  });
});
afterAll(() => house.close());
afterEach(() => writeFile(join(house.directory, "sidelight.yaml"), original));

let tickets = 0;
async function ticket(priority: string, subject: string): Promise<void> {
  const requesterId = [...house.lab.tenants["acme"]!.world.zendesk.tickets.values()][0]!.requester_id;
  const about = { id: 880_000 + ++tickets, requesterId, updatedAt: house.clock.now(), priority, subject };
  await sendZendesk(house, ticketEvent("created", about));
}

async function dryRun(change: (routing: ConfigTree) => void, since = "30d"): Promise<string> {
  const config = parse(original);
  change(config.tenants.acme.routing);
  await writeFile(join(house.directory, "sidelight.yaml"), stringify(config));
  const env = { SIDELIGHT_DATA: house.directory, SIDELIGHT_CONFIG: join(house.directory, "sidelight.yaml") };
  return await replayDry({ env, platforms, tenant: "acme", since, isJson: false });
}

describe("a dry run over past events", () => {
  it("says that nothing would be otherwise where nothing is", async () => {
    expect(await dryRun(() => {})).toMatch(/events, 1 deliveries the same\n {2}nothing would have been done otherwise/);
  });

  it("shows what would have been done more, fewer and otherwise, by event, and tells no value", async () => {
    const more = await dryRun((routing) => {
      routing.routes[0].when = undefined;
    });
    expect(more).toMatch(/note → zendesk add-internal-note: 1 more\n {4}\+ evt_\w+ {2}\S+ {2}zendesk\.ticket\.created/);
    const fewer = await dryRun((routing) => {
      routing.routes[0].enabled = false;
    });
    expect(fewer).toContain("note → zendesk add-internal-note: 1 fewer");
    const other = await dryRun((routing) => {
      routing.routes[0].with = '{ "ticket": ref, "body": "Call them" }';
    });
    expect(other).toMatch(/1 other\n {4}~ .* {2}input\.body\n/);
    expect(more + fewer + other).not.toMatch(/Mind this one|Call them/);
  });

  it("knows which tickets other churn words would have found", async () => {
    const words = await dryRun((routing) => {
      routing.settings = { risk: { churnWords: { en: ["leave you"] } } };
    });
    expect(words).toContain("customer.churn_risk.raised: 1 more");
  });

  it("looks no further back than it is told, and writes and sends nothing", async () => {
    const [before, deliveries] = [house.requests().length, (await house.ask("/v1/deliveries")).text];
    const later = await dryRun((routing) => {
      routing.routes[0].when = undefined;
    }, new Date(house.clock.now() + 60_000).toISOString());
    expect(later).toContain("0 events");
    expect(house.requests().length).toBe(before);
    expect((await house.ask("/v1/deliveries")).text).toBe(deliveries);
    await expect(dryRun(() => {}, "yesterday")).rejects.toThrow("--since takes 7d, 12h, 30m or an instant, not yesterday");
  });
});
