import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type House, openHouse } from "../support/house.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

interface LoggedCall {
  at: string;
  platform: string;
  route: string;
  status: number;
  ms: number;
  bytes: number;
  lane: string;
  requestId: string | null;
}
const calls = async (query = "", tenant = "acme") =>
  (await house.ask<{ items: LoggedCall[]; nextCursor: string | null }>(`/v1/calls${query}`, { tenant })).body;

describe("the log of calls to the platforms", () => {
  it("holds each call that a platform received, with its size and its lane", async () => {
    const { items } = await calls("?limit=1000&source=zendesk");
    const received = house.requests("zendesk").filter((r) => !("tenant" in r) || r.tenant === "acme");
    expect(items.length).toBe(received.length);
    expect(items.filter((c) => c.platform !== "zendesk" || c.status !== 200 || c.bytes === 0)).toEqual([]);
    expect(items.filter((c) => c.lane === "interactive").map((c) => c.route)).toEqual(["POST /oauth/tokens"]);
  });

  it("pages, newest first, without a gap", async () => {
    const whole = (await calls("?limit=1000")).items;
    const paged: LoggedCall[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: { items: LoggedCall[]; nextCursor: string | null } = await calls(`?limit=7${cursor && `&cursor=${cursor}`}`);
      paged.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(paged).toEqual(whole);
    expect(paged.map((c) => c.at)).toEqual(
      paged
        .map((c) => c.at)
        .sort()
        .reverse(),
    );
  });

  it("names the request that caused a call, and no value of it", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const body = { refs: ["email:nobody.known@somewhere.example"] };
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    const answer = await house.ask("/v1/contexts", { method: "POST", body, headers });
    expect(answer.headers.get("x-request-id")).toBe(traceId);
    const caused = (await calls("?limit=1000")).items.filter((c) => c.requestId === traceId);
    expect(new Set(caused.map((c) => c.platform))).toEqual(new Set(["salesforce", "zendesk", "mixpanel"]));
    expect(caused.every((c) => c.lane === "interactive")).toBe(true);
    const text = JSON.stringify(caused);
    expect(text).not.toMatch(/nobody|somewhere|@|%40/);
    const lines = house.logged.filter((line) => line.includes(traceId));
    expect(lines.length).toBeGreaterThanOrEqual(caused.length);
    expect(lines.join()).not.toMatch(/nobody|somewhere/);
  });

  it("is one tenant's own, and an operator's", async () => {
    expect((await house.ask("/v1/calls", { role: "agent" })).body.code).toBe("forbidden");
    const before = (await calls("?limit=1000", "globex")).items.length;
    await house.ask("/v1/contexts", { method: "POST", body: { refs: ["email:another@nowhere.example"] } });
    expect((await calls("?limit=1000", "globex")).items.length).toBe(before);
    expect((await house.ask("/v1/calls?cursor=bm9uZQ")).body.code).toBe("invalid_request");
  });
});

describe("trace context", () => {
  const asked = async (traceparent: string) =>
    (await house.ask("/v1/connections", { headers: { traceparent } })).headers.get("x-request-id");
  const id = "0af7651916cd43dd8448eb211c80319c";

  it("is taken where it is one, of a later version too", async () => {
    expect(await asked(`00-${id}-b7ad6b7169203331-00`)).toBe(id);
    expect(await asked(`01-${id}-b7ad6b7169203331-00-more`)).toBe(id);
  });

  it.each([
    ["no id", `00-${"0".repeat(32)}-b7ad6b7169203331-00`],
    ["no parent", `00-${id}-${"0".repeat(16)}-00`],
    ["forbidden version", `ff-${id}-b7ad6b7169203331-00`],
    ["upper case", `00-${id.toUpperCase()}-b7ad6b7169203331-00`],
    ["version 00 with more", `00-${id}-b7ad6b7169203331-00-more`],
    ["nonsense", "hello"],
  ])("is passed over with %s", async (_, header) => {
    expect(await asked(header)).toMatch(/^[0-9a-f-]{36}$/);
  });
});
