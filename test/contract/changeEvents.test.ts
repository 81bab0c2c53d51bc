import { type LoggedEvent, listEvents } from "@sidelight/context-api/log/listEvents.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { busOf, type ChangeBus, type ChangeHeader } from "../lab/simulators/salesforce/cometd/bus.ts";
import { salesforceClient } from "../lab/simulators/testing.ts";
import type { SfRow } from "../lab/world/types.ts";
import { type House, openHouse } from "../support/house.ts";
import { until } from "../support/until.ts";

const objects = ["Account", "Contact", "Lead", "Opportunity", "Case"];

let house: House;
let bus: ChangeBus;
/** Change events that were told before the test began. */
let before = 0;

const acme = () => house.lab.tenants["acme"]!;
const served = () => house.runtime.tenants.get("acme")!;

/** A house that listens to acme's change events. */
async function open(more: object = {}): Promise<void> {
  house = await openHouse({
    configure(config) {
      const { settings } = config.tenants.acme.connections.find((c: { id: string }) => c.id === "salesforce");
      settings.changeDataCapture = { objects, ...more };
      // Whatever comes soon comes by itself.
      settings.pullEverySeconds = 86_400;
    },
  });
  before = 0;
  bus = busOf(acme().world);
}

async function openListening(): Promise<void> {
  await open();
  await listening();
}

const streamed = () => house.requests("salesforce").filter((r) => r.path.startsWith("/cometd/"));

/** A request is held, which the clock lets go when its time is over. */
const listening = async () =>
  await until("a listener", () => {
    if (bus.listeners() === 0) house.clock.advance(100);
    return bus.listeners() === 1;
  });

const accounts = (): SfRow[] => [...acme().world.salesforce.tables.Account.values()].filter((a) => a["IsDeleted"] !== true);
const account = (i = 0): SfRow => accounts()[i]!;

/** A change that a person makes in Salesforce. */
function change(rows: SfRow[], fields: Partial<SfRow>): void {
  const { world } = acme();
  const stamp = new Date(house.clock.now()).toISOString();
  world.change(() => {
    for (const row of rows)
      world.salesforce.tables.Account.put({ ...row, ...fields, LastModifiedDate: stamp, SystemModstamp: stamp, Id: row.Id });
  });
}

const events = async (): Promise<LoggedEvent[]> =>
  (await listEvents(served().tenant.log, { limit: 500, before: null, platform: "salesforce" })).reverse();

/** Events that Salesforce told of during this test, in order. */
const told = async (): Promise<LoggedEvent[]> => (await events()).filter((e) => e.source_event_id !== null).slice(before);

async function toldOf(count: number): Promise<LoggedEvent[]> {
  await until(`${count} change events`, async () => (await told()).length >= count);
  return await told();
}

async function position(): Promise<number | null> {
  const row = await served()
    .tenant.log.store.from("checkpoints")
    .select("state")
    .where("connection", "=", "salesforce")
    .where("stream", "=", "change-events")
    .executeTakeFirst();
  return row ? (JSON.parse(row.state) as { replay: number }).replay : null;
}

let transactions = 0;
const header = (more: Partial<ChangeHeader> = {}): { ChangeEventHeader: ChangeHeader } => ({
  ChangeEventHeader: {
    entityName: "Account",
    recordIds: [account().Id],
    changeType: "UPDATE",
    changeOrigin: "com/salesforce/api/soap/67.0;client=SfdcInternalAPI/",
    transactionKey: `0001b2c3-d4e5-f6a7-b8c9-${String(++transactions).padStart(12, "0")}`,
    sequenceNumber: 1,
    commitTimestamp: house.clock.now(),
    commitNumber: 1,
    commitUser: "0055g000000000AAAA",
    nulledFields: [],
    diffFields: [],
    changedFields: ["Name"],
    ...more,
  },
});

const queries = (since: number, of: string) =>
  house
    .requests("salesforce", since)
    .filter((r) => r.tenant === "acme")
    .map((r) => decodeURIComponent(r.path).replaceAll("+", " "))
    .filter((path) => path.includes(` FROM ${of} `));

/** Lets the objects that events pointed at be fetched: the events are there a moment before that is asked for. */
async function followed(since: number, of: string): Promise<void> {
  await until("the follow-ups", () => {
    house.clock.advance(50);
    return queries(since, of).length > 0;
  });
  await served().hub.followUps.settled();
}

const warned = () => house.logged.filter((line) => line.includes("change events ended")).length;

describe("while a house listens", () => {
  beforeAll(openListening);
  afterAll(() => house.close());
  beforeEach(async () => {
    before = 0;
    before = (await told()).length;
    house.logged.length = 0;
  });

  it("costs nothing of the daily allowance", async () => {
    const { budget } = served().tenant.connections.find((c) => c.id === "salesforce")!;
    const [left, polls] = [budget.left()["daily"]!.remaining, streamed().length];
    await until("some polls", async () => {
      if (bus.listeners() === 1) house.clock.advance(110_000);
      return streamed().length >= polls + 3;
    });
    expect(budget.left()["daily"]!.remaining).toBe(left);
    expect(warned()).toBe(0);
  });

  describe("a change event", () => {
    it("is kept as what happened, and the object fetched by one query", async () => {
      const since = house.requests("salesforce").length;
      change([account(0), account(1)], { Name: "Told By The Bus" });
      const kept = await toldOf(2);
      expect(kept.map(({ type, payload }) => [type, payload?.ref, payload?.data, payload?.isEcho])).toEqual(
        [account(0), account(1)].map(({ Id }) => [
          "salesforce.account.updated",
          `salesforce.account:${Id}`,
          { fields: ["Name", "LastModifiedDate"] },
          false,
        ]),
      );
      await followed(since, "Account");
      expect(queries(since, "Account")).toHaveLength(1);
      const after = await house.context(`salesforce.account:${account(0).Id}`);
      expect([after.tier, after.body.sections.account!.data!.name]).toEqual(["store", "Told By The Bus"]);
      // By names alone: what changed stands in no event.
      expect(JSON.stringify(kept)).not.toContain("Told By The Bus");
      expect(house.logged.join("\n")).not.toContain("Told By The Bus");
    });

    it("tells of what is created, deleted and brought back", async () => {
      const client = await salesforceClient(acme());
      const since = house.requests("salesforce").length;
      const created = await client("POST", "/services/data/v67.0/sobjects/Lead", { LastName: "Hopper", Company: "Navy" });
      const id = created.body.id as string;
      await client("DELETE", `/services/data/v67.0/sobjects/Lead/${id}`);
      const { world } = acme();
      world.change(() => {
        const { Lead } = world.salesforce.tables;
        Lead.put({ ...Lead.get(id)!, IsDeleted: false });
      });
      const lead = (await toldOf(3)).filter((e) => e.object === "lead");
      expect(lead.map((e) => e.type)).toEqual(["created", "deleted", "undeleted"].map((what) => `salesforce.lead.${what}`));
      await followed(since, "Lead");
      expect((await house.context(`salesforce.lead:${id}`)).body.match.state).toBe("resolved");
    });

    it("counts once, however often it comes, and by transaction, number and record", async () => {
      const transactionKey = "once";
      const first = header({ transactionKey });
      bus.publish(first);
      bus.publish(first);
      bus.publish(header({ transactionKey, recordIds: [account().Id, account(1).Id] }));
      bus.publish(header({ transactionKey, sequenceNumber: 2 }));
      const last = bus.publish(header());
      await until("the last position", async () => (await position()) === last.replayId);
      expect(await told()).toHaveLength(4);
    });

    it("that we caused ourselves says so", async () => {
      const client = await salesforceClient(acme());
      const path = `/services/data/v67.0/sobjects/Account/${account().Id}`;
      await client("PATCH", path, { Next_Step__c: "Call" }, { "sforce-call-options": "client=sidelight" });
      await client("PATCH", path, { Next_Step__c: "Write" }, { "sforce-call-options": "client=sidelights" });
      await client("PATCH", path, { Next_Step__c: "Wait" });
      expect((await toldOf(3)).map((e) => e.payload?.isEcho)).toEqual([true, false, false]);
    });

    it("of an object that nobody asked for is passed over, and the position moves on", async () => {
      const passed = bus.publish(header({ entityName: "Task", recordIds: ["00T5g0000027oiUAAQ"] }));
      await until("the position", async () => (await position()) === passed.replayId);
      expect(await told()).toEqual([]);
    });
  });

  describe("what is missed", () => {
    it.each<[string, () => object]>([
      ["by a gap", () => header({ changeType: "GAP_UPDATE", changedFields: [] })],
      ["by an overflow", () => header({ changeType: "GAP_OVERFLOW", recordIds: ["000000000000000AAA"] })],
      ["by a wildcard", () => header({ recordIds: ["001*"] })],
      ["by an event of unknown form", () => ({ Name: "no header" })],
    ])("%s is pulled at once, and nothing is made up", async (_, payload) => {
      const since = house.requests("salesforce").length;
      const published = bus.publish(payload() as ReturnType<typeof header>);
      await until("a pull", () => queries(since, "Account").length > 0);
      expect(queries(since, "Account")[0]).toMatch(/WHERE SystemModstamp >= .* ORDER BY SystemModstamp ASC/);
      expect(await position()).toBe(published.replayId);
      expect(await told()).toEqual([]);
      // A form that can't be read may have been of any object.
      await until("the others", () => queries(since, "Lead").length === ("Name" in payload() ? 1 : 0));
    });

    it("is pulled again until a pull succeeds", async () => {
      const since = house.requests("salesforce").length;
      const pulls = () => house.requests("salesforce", since).filter((r) => r.tenant === "acme" && r.path.includes("/queryAll"));
      house.lab.faults.add({ platform: "salesforce", kind: "error", rate: 1, seed: 5, tenant: "acme", path: "/services/data" });
      bus.publish(header({ changeType: "GAP_CREATE" }));
      await until("a failure", () => {
        house.clock.advance(100);
        return pulls().filter((r) => r.status === 500).length >= 2;
      });
      house.lab.faults.clear();
      await until("a pull", () => {
        house.clock.advance(100);
        return pulls().at(-1)?.status === 200;
      });
    });

    it("beside a record that is named is pulled, and that one kept", async () => {
      const since = house.requests("salesforce").length;
      bus.publish(header({ recordIds: [account().Id, "001*"] }));
      expect(await toldOf(1)).toHaveLength(1);
      await until("a pull", () => queries(since, "Account").some((q) => q.includes("SystemModstamp >=")));
    });
  });

  describe("a listener", () => {
    it.each(["error", "reset", "malformed", "expired_token", "rate_limit"] as const)(
      "keeps away for a while each time there is trouble (%s), and is well again after it",
      async (kind) => {
        change([account()], { Next_Step__c: "One" });
        await toldOf(1);
        house.lab.faults.add({ platform: "salesforce", kind, rate: 1, seed: 3, path: "/cometd/", status: 503 });
        // The request that is held ends before the fault can hit the next.
        house.clock.advance(110_000);
        await until("some attempts", () => {
          house.clock.advance(500);
          return warned() >= 3;
        });
        change([account()], { Next_Step__c: "Two" });
        house.lab.faults.clear();
        await listening();
        expect(await toldOf(2)).toHaveLength(2);
        const waits = house.logged.flatMap((line) => /"retryInMs":(\d+)/.exec(line)?.[1] ?? []).map(Number);
        expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
      },
    );
  });
});

describe("a listener that ends", () => {
  afterEach(() => house.close());

  it("goes on where it was after a restart, and loses nothing", async () => {
    await openListening();
    change([account()], { Next_Step__c: "One" });
    await toldOf(1);
    await house.runtime.close();
    expect(bus.listeners()).toBe(0);
    change([account()], { Next_Step__c: "Two" });
    change([account()], { Next_Step__c: "Three" });
    await house.restart();
    await listening();
    const kept = await toldOf(3);
    expect(kept).toHaveLength(3);
    change([account()], { Next_Step__c: "Four" });
    expect(await toldOf(4)).toHaveLength(4);
    expect(await position()).toBe(bus.after(-2)!.at(-1)!.replayId);
  });

  it("takes what is left, and pulls the rest, when its position is no longer kept", async () => {
    await openListening();
    change([account()], { Next_Step__c: "Old" });
    await toldOf(1);
    await house.runtime.close();
    house.clock.advance(73 * 3_600_000);
    change([account()], { Next_Step__c: "New" });
    await house.restart({ wait: false });
    expect(await toldOf(2)).toHaveLength(2);
    expect(house.logged.some((line) => line.includes("change events were missed"))).toBe(true);
    await listening();
    expect(await position()).toBe(bus.after(-2)!.at(-1)!.replayId);
    const since = house.requests("salesforce").length;
    // Not again: the position is a good one now.
    await house.restart();
    await listening();
    change([account()], { Next_Step__c: "Newer" });
    await toldOf(3);
    expect(queries(since, "Lead")).toEqual([]);
  });

  it("signs in anew when its session ends, and loses nothing", async () => {
    await openListening();
    change([account()], { Next_Step__c: "One" });
    await toldOf(1);
    // Past the end of the token: the request that is held is let go, and told.
    house.clock.advance(1_000_000);
    await until("the end of the session", () => warned() === 1);
    change([account()], { Next_Step__c: "Two" });
    await listening();
    expect(await toldOf(2)).toHaveLength(2);
    expect(warned()).toBe(1);
    expect(
      served()
        .tenant.connections.find((c) => c.id === "salesforce")!
        .health().failure,
    ).toBeNull();
  });

  it("comes back when Salesforce has forgotten it", async () => {
    await openListening();
    change([account()], { Next_Step__c: "One" });
    await toldOf(1);
    bus.forgetListeners();
    change([account()], { Next_Step__c: "Two" });
    await listening();
    expect(await toldOf(2)).toHaveLength(2);
  });

  it("doesn't move on before what came is durable", async () => {
    await openListening();
    change([account()], { Next_Step__c: "One" });
    await toldOf(1);
    const before = await position();
    const { log } = served().tenant;
    const { commit } = log;
    log.commit = () => Promise.reject(new Error("the store is lost"));
    change([account()], { Next_Step__c: "Two" });
    await until("the failure", () => warned() === 1);
    expect(await position()).toBe(before);
    log.commit = commit;
    await listening();
    expect(await toldOf(2)).toHaveLength(2);
  });

  it("is there only where settings ask for it, and leaves when the process ends", async () => {
    await openListening();
    // One that polls: the client would try a WebSocket, past our own HTTP.
    expect(streamed().every((r) => r.tenant === "acme" && r.method === "POST")).toBe(true);
    const started = performance.now();
    await house.runtime.close();
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(bus.listeners()).toBe(0);
    await house.restart({ pull: false });
    const before = streamed().length;
    house.clock.advance(1_000);
    expect(streamed().length).toBe(before);
  });

  it("that is told no waits for a person to change that", async () => {
    await open({ channel: "/data/Nobody__chn" });
    await until("the refusal", () => warned() === 1);
    const [line] = house.logged.filter((l) => l.includes("change events ended"));
    expect(JSON.parse(line!)).toMatchObject({ code: "rejected", retryInMs: 300_000, connection: "salesforce" });
    expect(
      served()
        .tenant.connections.find((c) => c.id === "salesforce")!
        .health().failure,
    ).toBeNull();
  });
});
