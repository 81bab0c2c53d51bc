import { join } from "node:path";
import { openSqlite, type SqliteHandle } from "@sidelight/context-api/store/sqlite.ts";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type House, openHouse } from "../support/house.ts";
import { until } from "../support/until.ts";
import { sendZendesk, ticketEvent } from "../support/zendeskHook.ts";

/** Of a size that doesn't grow with a tenant's customers. */
const small = /tenants|api_keys|checkpoints|coverage|connection_health|config_versions|config_pins|alerts|baselines|sessions/;

let house: House;
let sqlite: SqliteHandle;
const texts = new Set<string>();

beforeAll(async () => {
  house = await openHouse({
    configure: (config) => {
      config.tenants.acme.routing = { defaults: true };
    },
  });
  sqlite = openSqlite(join(house.directory, "sidelight.sqlite"), "read");
});
afterAll(async () => {
  vi.restoreAllMocks();
  await sqlite.close();
  await house.close();
});

it("no read looks at all of a tenant's rows", async () => {
  const prototype = Object.getPrototypeOf(sqlite.raw) as typeof sqlite.raw;
  const prepare = prototype.prepare;
  vi.spyOn(prototype, "prepare").mockImplementation(function (this: typeof sqlite.raw, text: string) {
    texts.add(text);
    return prepare.call(this, text);
  } as typeof prepare);
  // Statements are remembered by their text: what was prepared before is prepared anew.
  await house.restart();
  const { resolved, hierarchy } = house.lab.tenants["acme"]!.examples;
  for (const ref of [...resolved, ...hierarchy]) {
    const { body } = await house.context(ref);
    await house.context(body.customer?.company?.id ?? ref);
    await house.ask(`/v1/timeline/${encodeURIComponent(ref)}`);
  }
  const ticket = [...house.lab.tenants["acme"]!.world.zendesk.tickets.values()].find((t) => t.status === "open")!;
  const told = ticketEvent("created", { id: 770_001, requesterId: ticket.requester_id, updatedAt: house.clock.now() });
  const eventId = (await sendZendesk(house, told)).body.eventIds[0];
  await until("it is delivered", async () => {
    house.clock.advance(20);
    const { items } = (await house.ask("/v1/deliveries")).body;
    return items.length > 0 && items.every((d: { state: string }) => d.state !== "waiting");
  });
  await house.ask(`/v1/events/${eventId}`);
  await house.ask(`/v1/context/${encodeURIComponent(resolved[0]!)}?at=${new Date(house.clock.now()).toISOString()}`);
  for (const path of ["events", "deliveries", "connections", "quarantine", "alerts", "config/routes"])
    await house.ask(`/v1/${path}`);

  const reads = [...texts].filter((text) => /^select/i.test(text) && !small.test(text));
  expect(reads.length).toBeGreaterThan(20);
  const scans = reads.flatMap((text) => {
    const plan = sqlite.raw.prepare(`explain query plan ${text}`).all(...(text.match(/\?/g) ?? []).map(() => "x"));
    const details = plan as { detail: string }[];
    const isPage = /limit \?/.test(text) && !details.some(({ detail }) => detail.includes("TEMP B-TREE"));
    const wide = details.filter(({ detail }) => /^SCAN/.test(detail) || (!isPage && /\(tenant=\?\)$/.test(detail)));
    return wide.map(({ detail }) => `${detail}: ${text}`);
  });
  expect(scans).toEqual([]);
});
