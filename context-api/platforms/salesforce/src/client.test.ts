import { createPageSize } from "@sidelight/platform-kit/pageSize.ts";
import { type StandInRequest, standIn } from "@sidelight/test-support/standIn.ts";
import { afterEach, describe, expect, it } from "vitest";
import { createClient, type SalesforceClient } from "./client.ts";
import { SalesforceOptions } from "./options.ts";

const call = { priority: "sync", signal: new AbortController().signal } as const;
const close: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of close.splice(0)) await end();
});

interface ClientTools {
  status?: number;
  headers?: Record<string, string>;
  onQuota?: Parameters<typeof createClient>[1]["onQuota"];
  onRequest?: (request: StandInRequest) => void;
  monotonic?: () => number;
  acquire?: () => Promise<void>;
}

/** A client of an org that answers each call with the next of these bodies. */
async function clientOf(
  bodies: unknown[],
  {
    status = 200,
    headers = {},
    onQuota = () => {},
    onRequest = () => {},
    monotonic = () => 0,
    acquire = async () => {},
  }: ClientTools = {},
): Promise<SalesforceClient> {
  const remainingBodies = [...bodies];
  const server = await standIn((request) => {
    if (request.url.includes("/oauth2/")) return { status: 200, body: { access_token: "t" } };
    onRequest(request);
    return { status, headers, body: remainingBodies.shift() ?? {} };
  });
  const options = SalesforceOptions.parse({ url: server.url, auth: { clientId: "c", clientSecret: "SF_SECRET" } });
  const client = createClient(options, {
    tenant: "acme",
    connection: "salesforce",
    timeZone: "UTC",
    now: () => 0,
    monotonic,
    platformNow: () => 0,
    onDate() {},
    secret: async () => "s",
    onCall() {},
    acquire,
    quotaLeft: () => 1,
    onQuota,
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

describe("the page size of a pull", () => {
  const page = { done: true, totalSize: 1, records: [row(1)] };

  async function requestedSizes(count: number, times: { answerMs: number; quotaMs: number }): Promise<(string | undefined)[]> {
    let elapsedMs = 0;
    const sizes: (string | undefined)[] = [];
    const client = await clientOf(
      Array.from({ length: count }, () => page),
      {
        monotonic: () => elapsedMs,
        async acquire() {
          elapsedMs += times.quotaMs;
        },
        onRequest({ headers }) {
          sizes.push(headers["sforce-query-options"]);
          elapsedMs += times.answerMs;
        },
      },
    );
    const pageSize = createPageSize({ min: 200, max: 2_000, quotaLeft: () => 1 });
    for (let i = 0; i < count; i++)
      for await (const { isLast } of client.pages("SELECT Id FROM Contact", call, { pageSize })) expect(isLast).toBe(true);
    return sizes;
  }

  it("is what one call may bring at most, and halved down to Salesforce's minimum while the org is slow", async () => {
    expect(await requestedSizes(6, { answerMs: 12_000, quotaMs: 0 })).toEqual(
      [2_000, 1_000, 500, 250, 200, 200].map((size) => `batchSize=${size}`),
    );
  });

  it("does not depend on how long the request waited for the quota", async () => {
    expect(await requestedSizes(2, { answerMs: 100, quotaMs: 60_000 })).toEqual(["batchSize=2000", "batchSize=2000"]);
  });
});

describe("a refused query", () => {
  const codeOf = async (status: number, body: unknown) => {
    const client = await clientOf([body, body], { status });
    return await read(client).then(
      () => null,
      ({ code }: { code: string }) => code,
    );
  };
  const fault = (errorCode: string) => [{ errorCode, message: "a text" }];

  it.each([
    [408, "Request Timeout"],
    [420, "<html></html>"],
    [429, "Too many requests"],
    [400, fault("UNABLE_TO_LOCK_ROW")],
    [400, fault("INVALID_QUERY_LOCATOR")],
    [500, fault("UNKNOWN_EXCEPTION")],
  ])("is tried again soon after %d %j", async (status, body) => {
    expect(await codeOf(status, body)).toBe("unavailable");
  });

  it.each(["API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED", "INVALID_OPERATION_WITH_EXPIRED_PASSWORD"])(
    "waits for an administrator after %s",
    async (code) => {
      expect(await codeOf(403, fault(code))).toBe("invalid_credentials");
    },
  );

  it.each(["MALFORMED_QUERY", "OPERATION_TOO_LARGE", "INVALID_FIELD"])("is a refusal of this query after %s", async (code) => {
    expect(await codeOf(400, fault(code))).toBe("rejected");
  });
});

describe("the day's quota that Salesforce reports", () => {
  it.each([
    ["api-usage=10018/100000", { limit: 100_000, remaining: 89_982 }],
    ["api-usage=25/5000; per-app-api-usage=17/250(appName=sidelight)", { limit: 250, remaining: 233 }],
    ["per-app-api-usage=17/250000(appName=sidelight); api-usage=4990/5000", { limit: 5_000, remaining: 10 }],
    ["api-usage=6000/5000", { limit: 5_000, remaining: 0 }],
  ])("is the lower one of the org's and the app's: %s", async (header, quota) => {
    const reported: unknown[] = [];
    const client = await clientOf([{ done: true, totalSize: 1, records: [row(1)] }], {
      headers: { "sforce-limit-info": header },
      onQuota: (_, value) => void reported.push(value),
    });
    await read(client);
    expect(reported).toEqual([{ ...quota, resetAt: null }]);
  });
});
