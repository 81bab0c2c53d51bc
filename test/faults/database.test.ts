import { advanceUntilSettled, idle } from "@sidelight/test-support/advance.ts";
import { type NetworkProxy, startNetworkProxy } from "@sidelight/test-support/networkProxy.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "@sidelight/test-support/postgres.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

describe.skipIf(!hasPostgres)("an outage of PostgreSQL", () => {
  let server: TestPostgres;
  let harness: Harness;
  beforeAll(async () => {
    server = await startPostgres();
    harness = await openHarness({ databaseUrl: server.newDatabase() });
  });
  afterAll(async () => {
    await harness.close();
    await server.close();
  });

  const resolvedRef = () => harness.lab.tenants["acme"]!.examples.resolved[0]!;
  const event = ticketEvent("created", { id: 99_001, requesterId: 1, updatedAt: 0, subject: "During the outage" });
  const send = () => sendZendesk(harness, event);

  it("refuses webhooks so that they are sent again, and reads go on from memory", async () => {
    expect((await harness.context(resolvedRef())).status).toBe(200);
    await server.stop();
    const refused = await send();
    expect([refused.status, refused.body]).toEqual([503, expect.objectContaining({ code: "overloaded" })]);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThan(60);
    harness.clock.advance(5_000);
    const { status, tier } = await harness.context(resolvedRef());
    expect([status, tier]).toEqual([200, "memory"]);
    expect((await harness.request("/readyz", { role: null })).body.errors).toContainEqual(
      expect.objectContaining({ pointer: "/store_unreachable" }),
    );
  });

  it("ends by itself, and nothing is lost or stored twice", async () => {
    await server.start();
    await until("the webhook to be accepted", async () => (await send()).status === 200);
    expect((await send()).body).toMatchObject({ accepted: 0, duplicates: 1 });
    const { body } = await harness.request("/v1/events?type=zendesk.ticket.created&limit=5");
    expect(body.items.filter((item: { source: { objectId: string } }) => item.source.objectId === "99001")).toHaveLength(1);
  });
});

describe.skipIf(!hasPostgres)("a PostgreSQL that does not answer", () => {
  let server: TestPostgres;
  let proxy: NetworkProxy;
  let harness: Harness;
  beforeAll(async () => {
    server = await startPostgres();
    proxy = await startNetworkProxy(server.port);
    const url = new URL(server.newDatabase());
    url.port = String(proxy.port);
    harness = await openHarness({ databaseUrl: String(url) });
  });
  afterAll(async () => {
    proxy.cut();
    await harness.close();
    await proxy.close();
    await server.close();
  });

  it("refuses a read that memory does not have, soon after its deadline", async () => {
    const [inMemory, other] = harness.lab.tenants["acme"]!.examples.resolved;
    // What the first pulls brought may still change the answer.
    await until("the answer to stay in memory", async () => {
      await idle(harness.clock);
      return (await harness.context(inMemory!)).tier === "memory";
    });
    proxy.freeze();
    expect((await harness.context(inMemory!)).tier).toBe("memory");
    const { value, ms } = await advanceUntilSettled(harness.clock, harness.context(other!), 100);
    expect([value.status, value.body]).toEqual([503, expect.objectContaining({ code: "overloaded" })]);
    expect(ms).toBeLessThanOrEqual(3_000);
  });
});

describe.skipIf(!hasPostgres)("a PostgreSQL that takes longer for a read than a person waits", () => {
  let server: TestPostgres;
  let harness: Harness;
  beforeAll(async () => {
    server = await startPostgres();
    harness = await openHarness({ databaseUrl: server.newDatabase(), routes: true });
  });
  afterAll(async () => {
    await harness.close();
    await server.close();
  });

  it("delays routing, and does not make it fail and repeat", async () => {
    const { world } = harness.lab.tenants["acme"]!;
    const { id, requester_id: requesterId } = [...world.zendesk.tickets.values()].find(({ status }) => status === "open")!;
    const updatedAt = harness.clock.now();
    const { body } = await sendZendesk(harness, ticketEvent("created", { id, requesterId, updatedAt, subject: "Slow" }));
    const [eventId] = body.eventIds;
    expect(eventId).toBeDefined();
    // Every answer of the server takes at least one turn of the event loop: three seconds on the clock.
    const turn = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        harness.clock.advance(3_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await until("the ticket to be routed", async () => {
      await turn();
      const deliveries = await harness.request("/v1/deliveries?limit=1000");
      return deliveries.body.items.some((delivery: { eventId: string }) => delivery.eventId === eventId);
    });
    const failures = harness.logged.filter((line) => line.includes("a consumer of the log"));
    expect(failures).toEqual([]);
  });
});
