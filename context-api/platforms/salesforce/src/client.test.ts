import { standIn } from "@sidelight/test-support/standIn.ts";
import { afterEach, describe, expect, it } from "vitest";
import { createClient, type SalesforceClient } from "./client.ts";
import { SalesforceOptions } from "./options.ts";

const call = { priority: "sync", signal: new AbortController().signal } as const;
const close: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of close.splice(0)) await end();
});

/** A client of an org that answers each call with the next of these bodies. */
async function clientOf(bodies: unknown[]): Promise<SalesforceClient> {
  const left = [...bodies];
  const server = await standIn(({ url }) =>
    url.includes("/oauth2/") ? { status: 200, body: { access_token: "t" } } : { status: 200, body: left.shift() ?? {} },
  );
  const options = SalesforceOptions.parse({ url: server.url, auth: { clientId: "c", clientSecret: "SF_SECRET" } });
  const client = createClient(options, {
    tenant: "acme",
    connection: "salesforce",
    timeZone: "UTC",
    now: () => 0,
    monotonic: () => 0,
    platformNow: () => 0,
    onDate() {},
    secret: async () => "s",
    onCall() {},
    acquire: async () => {},
    onQuota() {},
  } as unknown as Parameters<typeof createClient>[1]);
  close.push(
    () => client.close(),
    () => server.close(),
  );
  return client;
}

const row = (n: number) => ({ Id: `0035g00000${String(n).padStart(5, "0")}` });
const url = (n: number) => `/services/data/v67.0/query/01g000000000001-${n}`;

async function read(client: SalesforceClient) {
  const pages: { ids: string[]; isLast: boolean; passedOver: Record<string, number> }[] = [];
  for await (const { rows, isLast, passedOver } of client.pages("SELECT Id FROM Contact", call))
    pages.push({ ids: rows.map((r) => r.Id), isLast, passedOver });
  return pages;
}

describe("the result of a query", () => {
  it("ends only where Salesforce says so: a page may be short or empty", async () => {
    const client = await clientOf([
      { done: false, totalSize: 3, nextRecordsUrl: url(1), records: [row(1)] },
      { done: false, totalSize: 3, nextRecordsUrl: url(2), records: [] },
      { done: true, totalSize: 3, records: [row(2), row(3)] },
    ]);
    const pages = await read(client);
    expect(pages.map(({ ids, isLast }) => [ids.length, isLast])).toEqual([
      [1, false],
      [0, false],
      [2, true],
    ]);
  });

  it("is not complete when it announces another page without its address", async () => {
    const client = await clientOf([{ done: false, totalSize: 2, records: [row(1)] }]);
    await expect(read(client)).rejects.toMatchObject({ code: "unavailable" });
  });

  it("is not read for ever when it repeats a page", async () => {
    const page = { done: false, totalSize: 9, nextRecordsUrl: url(1), records: [row(1)] };
    const client = await clientOf(Array.from({ length: 50 }, () => page));
    await expect(read(client)).rejects.toMatchObject({ code: "unavailable" });
  });

  it("passes over a row without a record id, and counts it", async () => {
    const client = await clientOf([{ done: true, totalSize: 3, records: [row(1), { Id: null, Name: "Ada" }, row(2)] }]);
    expect(await read(client)).toEqual([{ ids: [row(1).Id, row(2).Id], isLast: true, passedOver: { "invalid Id": 1 } }]);
  });
});
