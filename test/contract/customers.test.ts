import { isDeepStrictEqual } from "node:util";
import { createOverviewConsumer } from "@sidelight/context-api/context/overview/overviewConsumer.ts";
import { openReader } from "@sidelight/context-api/log/reader.ts";
import { listCompanyKeys } from "@sidelight/context-api/store/tables/projections.ts";
import type { CustomerRow } from "@sidelight/contracts/customers/customer.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness, type RoleName } from "../harness/harness.ts";
import { putRow, worldOf } from "../harness/sharedFields.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ webhooks: true });
  await advanceUntil(harness.clock, 60, "a row of each company", async () => {
    const { items } = await list("?limit=1000");
    return items.length > 0 && items.length === (await companies()).length;
  });
});
afterAll(() => harness.close());

const list = async (query = "", role: RoleName = "rep"): Promise<{ items: CustomerRow[]; nextCursor: string | null }> =>
  (await harness.request(`/v1/customers${query}`, { role })).body;

/** Nodes of all companies of the store. */
async function companies(): Promise<string[]> {
  const { log } = harness.runtime.tenants.get("acme")!.tenant;
  return [...new Set((await openReader(log).nodesOf(await listCompanyKeys(log.store, "", 1_000))).values())];
}

const figuresOfRow = (row: CustomerRow | undefined) =>
  row && [row.name, row.arr, row.renewalDate, row.health.band, row.usage.trend, row.usage.lastActiveAt];

async function figuresOfContext(id: string) {
  const { customer, sections } = (await harness.context(id, { role: "rep" })).body;
  const { account, health, product } = sections;
  return [
    ...[customer?.name, account?.data?.arr ?? null, account?.data?.renewalDate ?? null],
    ...[health?.data?.band ?? null, product?.data?.trend ?? null, product?.data?.lastActiveAt ?? null],
  ];
}

describe("the list of customers", () => {
  it("has each company once with the figures of its context, the lowest score first", async () => {
    const { items } = await list("?limit=1000");
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
    const scores = items.map(({ health }) => health.score ?? 101);
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
    const firstIds = items.slice(0, 5).map(({ id }) => id);
    const contextFigures = () => Promise.all(firstIds.map(figuresOfContext));
    const rowFigures = async () => {
      const rows = (await list("?limit=1000")).items;
      return firstIds.map((id) => figuresOfRow(rows.find((row) => row.id === id)));
    };
    // The matching runs in a thread of its own, so a company may still get a person.
    await advanceUntil(harness.clock, 60, "the figures of the contexts", async () =>
      isDeepStrictEqual(await rowFigures(), await contextFigures()),
    );
    expect(await rowFigures()).toEqual(await contextFigures());
  });

  it("pages through all of them without a gap", async () => {
    const ids: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: Awaited<ReturnType<typeof list>> = await list(`?limit=3${cursor ? `&cursor=${cursor}` : ""}`);
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(ids).toEqual((await list("?limit=1000")).items.map(({ id }) => id));
  });

  it("filters by reason as each row names it, and by owner", async () => {
    const allRows = (await list("?limit=1000")).items;
    for (const reason of ["at_risk", "renewing", "gone_quiet"] as const) {
      const expected = allRows.filter(({ reasons }) => reasons.some((r) => r.reason === reason)).map(({ id }) => id);
      expect((await list(`?limit=1000&reason=${reason}`)).items.map(({ id }) => id).sort(), reason).toEqual(expected.sort());
    }
    const { owner } = allRows.find((row) => row.owner?.kind === "user")!;
    const ownedRows = (await list(`?limit=1000&owner=salesforce.user:${owner!.id}`)).items;
    expect(ownedRows.map(({ id }) => id).sort()).toEqual(
      allRows
        .filter((row) => row.owner?.id === owner!.id)
        .map(({ id }) => id)
        .sort(),
    );
    expect((await list("?limit=1000&owner=salesforce.user:005000000000000AAA")).items).toEqual([]);
    expect((await list("?reason=at_risk&band=good")).items).toEqual([]);
  });

  it("shows a new renewal and owner after the event that reports them", async () => {
    const { items } = await list("?limit=1000");
    const row = items.find(({ owner }) => owner !== null)!;
    const account = (await harness.context(row.id)).body.sections.account!.data!.id!;
    const { OwnerId } = [...harness.lab.tenants["acme"]!.world.salesforce.tables.Account.values()].find(
      ({ OwnerId: id }) => id !== row.owner!.id && String(id).startsWith("005"),
    )!;
    putRow(harness, "Account", account, { OwnerId });
    await advanceUntil(harness.clock, 120, "the new owner", async () => {
      const itsRows = (await list(`?limit=1000&owner=salesforce.user:${OwnerId}`)).items;
      return itsRows.some(({ id }) => id === row.id);
    });
  });

  it("has one row for two companies that a person made one, and two again after the undo", async () => {
    const earlierRows = (await list("?limit=1000")).items;
    const [into, from] = earlierRows.slice(-2).map(({ id }) => id);
    const { decisions } = (await harness.request("/v1/identity/merge", { method: "POST", body: { into, from } })).body;
    const idsAre = (count: number) =>
      advanceUntil(harness.clock, 60, "the rows", async () => (await list("?limit=1000")).items.length === count);
    await idsAre(earlierRows.length - 1);
    await harness.request("/v1/identity/undo", {
      method: "POST",
      body: { decisions: decisions.map((d: { id: string }) => d.id) },
    });
    await idsAre(earlierRows.length);
    expect((await list("?limit=1000")).items.map(({ id }) => id).sort()).toEqual(earlierRows.map(({ id }) => id).sort());
  });

  it("computes the rows again after a day in which no event changed them", async () => {
    const servedTenant = harness.runtime.tenants.get("acme")!;
    const dayMs = 86_400_000;
    let elapsedMs = 0;
    const clock = {
      ...harness.clock,
      now: () => harness.clock.now() + elapsedMs,
      monotonic: () => harness.clock.monotonic() + elapsedMs,
    };
    const consumer = createOverviewConsumer({ ...servedTenant.tenant, clock }, servedTenant.contexts);
    const count = (await list("?limit=1000")).items.length;
    elapsedMs = dayMs + 60_000;
    // The first pass finds that no company lacks a row, the second one the rows that are too old.
    for (const _ of ["absent", "old"]) while (await consumer.idle!()) {}
    const { items } = await list("?limit=1000");
    expect(items).toHaveLength(count);
    for (const { computedAt } of items) expect(Date.parse(computedAt)).toBeGreaterThanOrEqual(harness.clock.now() + dayMs);
  });

  it("is closed to a panel session without a person", async () => {
    const [row] = (await list()).items;
    const { token } = (await harness.request("/v1/sessions", { role: "rep", method: "POST", body: { ref: row!.id } })).body;
    const options = { role: null, headers: { authorization: `Bearer ${token}` } };
    expect((await harness.request("/v1/customers", options)).status).toBe(403);
  });

  it("refuses owner=me for an API key, and unknown filters", async () => {
    for (const query of ["?owner=me", "?band=bad", "?sort=arr", "?region=x"])
      expect((await harness.request(`/v1/customers${query}`, { role: "rep" })).body.code).toBe("invalid_request");
  });

  it("has what the caller pinned", async () => {
    const row = (await list("?limit=1000")).items.at(-1)!;
    const headers = { "idempotency-key": "pin-one" };
    await harness.request("/v1/actions/pin", { role: "rep", method: "POST", body: { ref: row.id, pinned: true }, headers });
    expect((await list("?pinned=true")).items).toMatchObject([{ id: row.id, pinned: true }]);
    expect((await list("?pinned=true", "agent")).items).toEqual([]);
  });
});

describe("the account section", () => {
  it("has what is planned as meetings, nearest first, and what is over as activities", async () => {
    const world = worldOf(harness);
    const [contact] = [...world.salesforce.tables.Contact.values()].filter((row) => row["AccountId"]);
    const event = [...world.salesforce.tables.Event.values()][0]!;
    const inDays = (days: number) => new Date(harness.clock.now() + days * 86_400_000).toISOString().replace("Z", "+0000");
    for (const [id, days] of [
      ["00U5g00000FaRaWEAV", 9],
      ["00U5g00000NeXtTEAV", 2],
      ["00U5g00000PaStTEAV", -1],
    ] as const) {
      const fields = { Subject: `In ${days} days`, StartDateTime: inDays(days), ActivityDate: null, IsAllDayEvent: false };
      const relations = { WhoId: contact!.Id, WhatId: contact!["AccountId"], AccountId: contact!["AccountId"] };
      putRow(harness, "Event", id, { ...event, ...fields, ...relations, Id: id, CreatedDate: inDays(-2) });
    }
    const account = async () =>
      (await harness.context(`salesforce.account:${contact!["AccountId"]}`)).body.sections.account!.data!;
    await advanceUntil(harness.clock, 120, "the events", async () => (await account()).meetings!.length >= 2);
    const { meetings, activities } = await account();
    expect(meetings!.map(({ subject }) => subject).slice(0, 2)).toEqual(["In 2 days", "In 9 days"]);
    expect(activities.map(({ subject }) => subject)).toContain("In -1 days");
    expect(activities.map(({ subject }) => subject)).not.toContain("In 2 days");
  });
});
