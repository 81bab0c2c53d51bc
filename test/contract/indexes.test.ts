import { join } from "node:path";
import { openSqlite, type SqliteHandle } from "@sidelight/context-api/store/sqlite.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

/** Tables whose size does not grow with the customers of a tenant. */
const small =
  /tenants|api_keys|sync_checkpoints|consumer_offsets|subscription_positions|platform_shapes|coverage|connection_health|config_versions|config_pins|alerts|alert_incidents|passed_over|quality_measurements|identity_runs|identity_models|quota_use|used_tokens|event_counts|paused_connections|baselines|sessions|freshness_counts|usage_totals/;

let harness: Harness;
let sqlite: SqliteHandle;
const texts = new Set<string>();

beforeAll(async () => {
  harness = await openHarness({
    configure: (config) => {
      config.tenants.acme.routing = { defaults: true };
    },
  });
  sqlite = openSqlite(join(harness.directory, "sidelight.sqlite"), "read");
});
afterAll(async () => {
  vi.restoreAllMocks();
  await sqlite.close();
  await harness.close();
});

it("no query reads all rows of a tenant", async () => {
  const prototype = Object.getPrototypeOf(sqlite.raw) as typeof sqlite.raw;
  const prepare = prototype.prepare;
  vi.spyOn(prototype, "prepare").mockImplementation(function (this: typeof sqlite.raw, text: string) {
    texts.add(text);
    return prepare.call(this, text);
  } as typeof prepare);
  // Statements are cached by their text: a restart prepares all of them again.
  await harness.restart();
  const { resolved, hierarchy } = harness.lab.tenants["acme"]!.examples;
  for (const ref of [...resolved, ...hierarchy]) {
    const { body } = await harness.context(ref);
    await harness.context(body.customer?.company?.id ?? ref);
    await harness.request(`/v1/timeline/${encodeURIComponent(ref)}`);
  }
  const ticket = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()].find((t) => t.status === "open")!;
  const event = ticketEvent("created", { id: 770_001, requesterId: ticket.requester_id, updatedAt: harness.clock.now() });
  const eventId = (await sendZendesk(harness, event)).body.eventIds[0];
  await advanceUntil(harness.clock, 20, "the delivery", async () => {
    const { items } = (await harness.request("/v1/deliveries")).body;
    return items.length > 0 && items.every((d: { state: string }) => d.state !== "waiting");
  });
  await harness.request(`/v1/events/${eventId}`);
  await harness.request(`/v1/context/${encodeURIComponent(resolved[0]!)}?at=${new Date(harness.clock.now()).toISOString()}`);
  for (const path of ["candidates", "candidates?state=dismissed&kind=person", "strikes", "model"])
    await harness.request(`/v1/identity/${path}`);
  await harness.request("/v1/overview");
  const record = [...harness.lab.tenants["acme"]!.world.salesforce.tables.Account.values()][0]!["Id"];
  for (const query of [
    eventId,
    "nothing-has-this",
    "a@b.example",
    "+4930901820555",
    "770001",
    String(record),
    ticket.id.toString(),
  ])
    await harness.request("/v1/search", { method: "POST", body: { query } });
  for (const path of [
    "events",
    "deliveries",
    "deliveries?state=dead_letter&cause=rejected",
    "connections",
    "quarantine",
    "alerts",
    "config/routes",
    "fields",
    "conflicts",
    "audit",
    "audit?actor=cli",
    "customers",
  ])
    await harness.request(`/v1/${path}`);

  const reads = [...texts].filter((text) => /^select/i.test(text) && !small.test(text));
  expect(reads.length).toBeGreaterThan(20);
  const fullScans = reads.flatMap((text) => {
    const plan = sqlite.raw.prepare(`explain query plan ${text}`).all(...(text.match(/\?/g) ?? []).map(() => "x"));
    const details = plan as { detail: string }[];
    const isPage = /limit \?/.test(text) && !details.some(({ detail }) => detail.includes("TEMP B-TREE"));
    const wideSteps = details.filter(({ detail }) => /^SCAN/.test(detail) || (!isPage && /\(tenant=\?\)$/.test(detail)));
    return wideSteps.map(({ detail }) => `${detail}: ${text}`);
  });
  // A page in the order of the sequence would be no full scan here, and read all events.
  const [correlated] = reads.filter((text) => text.includes('"correlation_id" = ?'));
  expect(JSON.stringify(sqlite.raw.prepare(`explain query plan ${correlated}`).all("x", "x", 1))).toContain("events_correlation");
  expect(fullScans).toEqual([]);
});
