import { type LoggedEvent, listEvents } from "@sidelight/context-api/log/listEvents.ts";
import { findSubscriptionPosition } from "@sidelight/context-api/store/tables/subscriptionPositions.ts";
import { advanceUntil, idle } from "@sidelight/test-support/advance.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isCheck } from "../harness/checks.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { busOf, type ChangeBus, type ChangeHeader } from "../lab/simulators/salesforce/cometd/bus.ts";
import { salesforceClient } from "../lab/simulators/testing.ts";
import type { SfRow } from "../lab/world/types.ts";

const objects = ["Account", "Contact", "Lead", "Opportunity", "Case"];

let harness: Harness;
let bus: ChangeBus;
/** Number of change events before the test began. */
let previousCount = 0;

const acme = () => harness.lab.tenants["acme"]!;
const servedTenant = () => harness.runtime.tenants.get("acme")!;

/** A harness that subscribes to acme's change events. */
async function open(extra: object = {}): Promise<void> {
  harness = await openHarness({
    configure(config) {
      const { settings } = config.tenants.acme.connections.find((c: { id: string }) => c.id === "salesforce");
      settings.changeDataCapture = { objects, ...extra };
      // Events soon after this arrive without a further step.
      settings.pullEverySeconds = 86_400;
    },
  });
  previousCount = 0;
  bus = busOf(acme().world);
}

async function openListening(): Promise<void> {
  await open();
  await listening();
}

const streamRequests = () => harness.requests("salesforce").filter((r) => r.path.startsWith("/cometd/"));

/** Waits for a pending long poll, which ends when the clock passes its timeout. */
const listening = async () =>
  await until("a pending long poll", async () => {
    await idle(harness.clock);
    if (bus.listeners() === 0) harness.clock.advance(100);
    return bus.listeners() === 1;
  });

const accounts = (): SfRow[] => [...acme().world.salesforce.tables.Account.values()].filter((a) => a["IsDeleted"] !== true);
const account = (i = 0): SfRow => accounts()[i]!;

/** A change by a person in Salesforce. */
function change(rows: SfRow[], fields: Partial<SfRow>): void {
  const { world } = acme();
  const stamp = new Date(harness.clock.now()).toISOString();
  world.change(() => {
    for (const row of rows)
      world.salesforce.tables.Account.put({ ...row, ...fields, LastModifiedDate: stamp, SystemModstamp: stamp, Id: row.Id });
  });
}

const events = async (): Promise<LoggedEvent[]> =>
  (await listEvents(servedTenant().tenant.log, { limit: 500, beforeSequence: null, platform: "salesforce" })).reverse();

/** Events received from Salesforce during this test, in order. */
const receivedEvents = async (): Promise<LoggedEvent[]> =>
  (await events()).filter((e) => e.deduplication_key !== null).slice(previousCount);

async function waitForEvents(count: number): Promise<LoggedEvent[]> {
  await until(`${count} change events`, async () => (await receivedEvents()).length >= count);
  return await receivedEvents();
}

async function position(): Promise<number | null> {
  const storedPosition = await findSubscriptionPosition(servedTenant().tenant.log.store, "salesforce");
  return storedPosition === null ? null : (storedPosition as { replay: number }).replay;
}

let transactions = 0;
const header = (extra: Partial<ChangeHeader> = {}): { ChangeEventHeader: ChangeHeader } => ({
  ChangeEventHeader: {
    entityName: "Account",
    recordIds: [account().Id],
    changeType: "UPDATE",
    changeOrigin: "com/salesforce/api/soap/67.0;client=SfdcInternalAPI/",
    transactionKey: `0001b2c3-d4e5-f6a7-b8c9-${String(++transactions).padStart(12, "0")}`,
    sequenceNumber: 1,
    commitTimestamp: harness.clock.now(),
    commitNumber: 1,
    commitUser: "0055g000000000AAAA",
    nulledFields: [],
    diffFields: [],
    changedFields: ["Name"],
    ...extra,
  },
});

const queries = (since: number, object: string) =>
  harness
    .requests("salesforce", since)
    .filter((r) => r.tenant === "acme")
    .map((r) => decodeURIComponent(r.path).replaceAll("+", " "))
    .filter((path) => path.includes(` FROM ${object} `));

/** Fetches the objects that the events named. The events are stored a moment before the fetch starts. */
async function followed(since: number, object: string): Promise<void> {
  await advanceUntil(harness.clock, 50, "the follow-ups", () => queries(since, object).length > 0);
  await servedTenant().ingest.followUps.settled();
}

const warningCount = () => harness.logged.filter((line) => line.includes("change events ended")).length;

describe("while a subscription is open", () => {
  beforeAll(openListening);
  afterAll(() => harness.close());
  beforeEach(async () => {
    previousCount = 0;
    previousCount = (await receivedEvents()).length;
    harness.logged.length = 0;
  });

  it("uses none of the daily API quota", async () => {
    const [since, polls] = [harness.requests("salesforce").length, streamRequests().length];
    await until("three polls", async () => {
      await idle(harness.clock);
      if (bus.listeners() === 1) harness.clock.advance(110_000);
      return streamRequests().length >= polls + 3;
    });
    // The check of an idle connection is no part of the subscription.
    const countedRequests = harness
      .requests("salesforce", since)
      .filter((request) => request.path.startsWith("/services/data/") && !isCheck(request));
    expect(countedRequests).toEqual([]);
    expect(warningCount()).toBe(0);
    await listening();
  });

  describe("a change event", () => {
    it("is stored with its change, and its object is fetched by one query", async () => {
      const since = harness.requests("salesforce").length;
      change([account(0), account(1)], { Name: "Told By The Bus" });
      const storedEvents = await waitForEvents(2);
      expect(storedEvents.map(({ type, payload }) => [type, payload?.ref, payload?.data, payload?.isEcho])).toEqual(
        [account(0), account(1)].map(({ Id }) => [
          "salesforce.account.updated",
          `salesforce.account:${Id}`,
          { fields: ["Name", "LastModifiedDate"] },
          false,
        ]),
      );
      await followed(since, "Account");
      expect(queries(since, "Account")).toHaveLength(1);
      const context = await harness.context(`salesforce.account:${account(0).Id}`);
      expect([context.tier, context.body.sections.account!.data!.name]).toEqual(["store", "Told By The Bus"]);
      // Names only: the event contains no changed values.
      expect(JSON.stringify(storedEvents)).not.toContain("Told By The Bus");
      expect(harness.logged.join("\n")).not.toContain("Told By The Bus");
    });

    it("reports a created, a deleted and an undeleted record", async () => {
      const client = await salesforceClient(acme());
      const since = harness.requests("salesforce").length;
      const created = await client("POST", "/services/data/v67.0/sobjects/Lead", { LastName: "Hopper", Company: "Navy" });
      const id = created.body.id as string;
      await client("DELETE", `/services/data/v67.0/sobjects/Lead/${id}`);
      const { world } = acme();
      world.change(() => {
        const { Lead } = world.salesforce.tables;
        Lead.put({ ...Lead.get(id)!, IsDeleted: false });
      });
      const lead = (await waitForEvents(3)).filter((e) => e.object === "lead");
      expect(lead.map((e) => e.type)).toEqual(
        ["created", "deleted", "undeleted"].map((eventName) => `salesforce.lead.${eventName}`),
      );
      await followed(since, "Lead");
      expect((await harness.context(`salesforce.lead:${id}`)).body.match.state).toBe("resolved");
    });

    it("counts once by transaction, number and record, however often it is sent", async () => {
      const transactionKey = "once";
      const first = header({ transactionKey });
      bus.publish(first);
      bus.publish(first);
      bus.publish(header({ transactionKey, recordIds: [account().Id, account(1).Id] }));
      bus.publish(header({ transactionKey, sequenceNumber: 2 }));
      const last = bus.publish(header());
      await until("the last position", async () => (await position()) === last.replayId);
      expect(await receivedEvents()).toHaveLength(4);
    });

    it("of our own change is marked as ours", async () => {
      const client = await salesforceClient(acme());
      const path = `/services/data/v67.0/sobjects/Account/${account().Id}`;
      await client("PATCH", path, { Next_Step__c: "Call" }, { "sforce-call-options": "client=sidelight" });
      await client("PATCH", path, { Next_Step__c: "Write" }, { "sforce-call-options": "client=sidelights" });
      await client("PATCH", path, { Next_Step__c: "Wait" });
      expect((await waitForEvents(3)).map((e) => e.payload?.isEcho)).toEqual([true, false, false]);
    });

    it("of an object without a subscription is skipped, and the replay id advances", async () => {
      const skippedEvent = bus.publish(header({ entityName: "Task", recordIds: ["00T5g0000027oiUAAQ"] }));
      await until("the position", async () => (await position()) === skippedEvent.replayId);
      expect(await receivedEvents()).toEqual([]);
    });
  });

  describe("a gap", () => {
    it.each<[string, () => object]>([
      ["by a GAP event", () => header({ changeType: "GAP_UPDATE", changedFields: [] })],
      ["by an overflow", () => header({ changeType: "GAP_OVERFLOW", recordIds: ["000000000000000AAA"] })],
      ["by a wildcard", () => header({ recordIds: ["001*"] })],
      ["by an event of unknown form", () => ({ Name: "no header" })],
    ])("%s is pulled at once, and no record is invented", async (_, payload) => {
      const since = harness.requests("salesforce").length;
      const event = bus.publish(payload() as ReturnType<typeof header>);
      await until("a pull", () => queries(since, "Account").length > 0);
      // Accounts have columns of related records, so a pull may list them as a whole.
      expect(queries(since, "Account")[0]).toMatch(/FROM Account (WHERE SystemModstamp >= .* )?ORDER BY SystemModstamp ASC/);
      expect(await position()).toBe(event.replayId);
      expect(await receivedEvents()).toEqual([]);
      // An unreadable event may be of any object.
      await until("of the other objects", () => queries(since, "Lead").length === ("Name" in payload() ? 1 : 0));
    });

    it("is pulled again until a pull succeeds", async () => {
      const since = harness.requests("salesforce").length;
      const pulls = () =>
        harness.requests("salesforce", since).filter((r) => r.tenant === "acme" && r.path.includes("/queryAll"));
      harness.lab.faults.add({ platform: "salesforce", kind: "error", rate: 1, seed: 5, tenant: "acme", path: "/services/data" });
      bus.publish(header({ changeType: "GAP_CREATE" }));
      await advanceUntil(harness.clock, 100, "a failure", () => pulls().filter((r) => r.status === 500).length >= 2);
      harness.lab.faults.clear();
      await advanceUntil(harness.clock, 100, "a pull", () => pulls().at(-1)?.status === 200);
    });

    it("beside a named record is pulled, and the record is stored", async () => {
      const since = harness.requests("salesforce").length;
      bus.publish(header({ recordIds: [account().Id, "001*"] }));
      expect(await waitForEvents(1)).toHaveLength(1);
      await until("a pull", () => queries(since, "Account").some((q) => q.includes("ORDER BY SystemModstamp")));
    });
  });

  describe("a listener", () => {
    it.each(["error", "reset", "malformed", "expired_token", "rate_limit"] as const)(
      "backs off after each failure (%s), and recovers",
      async (kind) => {
        change([account()], { Next_Step__c: "One" });
        await waitForEvents(1);
        harness.lab.faults.add({ platform: "salesforce", kind, rate: 1, seed: 3, path: "/cometd/", status: 503 });
        // The pending long poll ends before the fault can affect the next one.
        harness.clock.advance(110_000);
        await advanceUntil(harness.clock, 500, "some attempts", () => warningCount() >= 3);
        change([account()], { Next_Step__c: "Two" });
        harness.lab.faults.clear();
        await listening();
        expect(await waitForEvents(2)).toHaveLength(2);
        const waits = harness.logged.flatMap((line) => /"retryInMs":(\d+)/.exec(line)?.[1] ?? []).map(Number);
        expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
      },
    );
  });
});

describe("a subscription that ends", () => {
  afterEach(() => harness.close());

  it("resumes at its replay id after a restart, without a loss", async () => {
    await openListening();
    change([account()], { Next_Step__c: "One" });
    await waitForEvents(1);
    await harness.runtime.close();
    expect(bus.listeners()).toBe(0);
    change([account()], { Next_Step__c: "Two" });
    change([account()], { Next_Step__c: "Three" });
    await harness.restart();
    await listening();
    const storedEvents = await waitForEvents(3);
    expect(storedEvents).toHaveLength(3);
    change([account()], { Next_Step__c: "Four" });
    expect(await waitForEvents(4)).toHaveLength(4);
    expect(await position()).toBe(bus.after(-2)!.at(-1)!.replayId);
  });

  it("takes the retained events and pulls the others, when its replay id is no longer retained", async () => {
    await openListening();
    change([account()], { Next_Step__c: "Old" });
    await waitForEvents(1);
    await harness.runtime.close();
    harness.clock.advance(73 * 3_600_000);
    change([account()], { Next_Step__c: "New" });
    await harness.restart({ wait: false });
    expect(await waitForEvents(2)).toHaveLength(2);
    expect(harness.logged.some((line) => line.includes("change events were missed"))).toBe(true);
    await listening();
    expect(await position()).toBe(bus.after(-2)!.at(-1)!.replayId);
    const since = harness.requests("salesforce").length;
    // Not again: the replay id is valid now.
    await harness.restart();
    await listening();
    change([account()], { Next_Step__c: "Newer" });
    await waitForEvents(3);
    expect(queries(since, "Lead")).toEqual([]);
  });

  it("signs in again when its session ends, without a loss", async () => {
    await openListening();
    change([account()], { Next_Step__c: "One" });
    await waitForEvents(1);
    // After the token's expiry: the pending long poll ends with a 401.
    harness.clock.advance(1_000_000);
    await until("the end of the session", () => warningCount() === 1);
    change([account()], { Next_Step__c: "Two" });
    await listening();
    expect(await waitForEvents(2)).toHaveLength(2);
    expect(warningCount()).toBe(1);
    expect(
      servedTenant()
        .tenant.connections.find((c) => c.id === "salesforce")!
        .health().failure,
    ).toBeNull();
  });

  it("reconnects when Salesforce has dropped the client", async () => {
    await openListening();
    change([account()], { Next_Step__c: "One" });
    await waitForEvents(1);
    bus.forgetListeners();
    change([account()], { Next_Step__c: "Two" });
    await listening();
    expect(await waitForEvents(2)).toHaveLength(2);
  });

  it("does not advance before its events are durable", async () => {
    await openListening();
    change([account()], { Next_Step__c: "One" });
    await waitForEvents(1);
    const previousPosition = await position();
    const { log } = servedTenant().tenant;
    const { append } = log;
    log.append = () => Promise.reject(new Error("the store is lost"));
    change([account()], { Next_Step__c: "Two" });
    await until("the failure", () => warningCount() === 1);
    expect(await position()).toBe(previousPosition);
    log.append = append;
    await listening();
    expect(await waitForEvents(2)).toHaveLength(2);
  });

  it("exists only where the settings enable it, and disconnects when the process ends", async () => {
    await openListening();
    // It uses long polling. The client's default, a WebSocket, would bypass our HTTP client.
    expect(streamRequests().every((r) => r.tenant === "acme" && r.method === "POST")).toBe(true);
    // The pending long poll does not delay the end: the clock does not move.
    await harness.runtime.close();
    expect(bus.listeners()).toBe(0);
    await harness.restart({ pull: false });
    const previousPolls = streamRequests().length;
    harness.clock.advance(1_000);
    expect(streamRequests().length).toBe(previousPolls);
  });

  it("waits for a change of settings after a refused subscription", async () => {
    await open({ channel: "/data/Nobody__chn" });
    await until("the refusal", () => warningCount() === 1);
    const [line] = harness.logged.filter((l) => l.includes("change events ended"));
    expect(JSON.parse(line!)).toMatchObject({ code: "rejected", retryInMs: 300_000, connection: "salesforce" });
    expect(
      servedTenant()
        .tenant.connections.find((c) => c.id === "salesforce")!
        .health().failure,
    ).toBeNull();
  });
});
