import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ otherTenant: true });
});
afterAll(() => harness.close());

interface LoggedCall {
  at: string;
  connection: string;
  platform: string;
  route: string;
  status: number;
  ms: number;
  bytes: number;
  priority: string;
  cause: string;
  requestId: string | null;
}
const calls = async (query = "", tenant = "acme") =>
  (await harness.request<{ items: LoggedCall[]; nextCursor: string | null }>(`/v1/calls${query}`, { tenant })).body;

describe("the log of calls to the platforms", () => {
  it("has each request that a platform received, with its size and priority", async () => {
    const { items } = await calls("?limit=1000&source=zendesk");
    const platformRequests = harness.requests("zendesk").filter((r) => !("tenant" in r) || r.tenant === "acme");
    expect(items.length).toBe(platformRequests.length);
    expect(items.filter((c) => c.platform !== "zendesk" || c.status !== 200 || c.bytes === 0)).toEqual([]);
    expect(items.filter((c) => c.priority === "interactive").map((c) => c.route)).toEqual(["POST /oauth/tokens"]);
  });

  it("has pages, newest first, without gap", async () => {
    const allCalls = (await calls("?limit=1000")).items;
    const pagedCalls: LoggedCall[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: { items: LoggedCall[]; nextCursor: string | null } = await calls(`?limit=7${cursor && `&cursor=${cursor}`}`);
      pagedCalls.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(pagedCalls).toEqual(allCalls);
    expect(pagedCalls.map((c) => c.at)).toEqual(
      pagedCalls
        .map((c) => c.at)
        .sort()
        .reverse(),
    );
  });

  it("names the request that caused a call, without a value of it", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const body = { refs: ["email:nobody.known@somewhere.example"] };
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    const answer = await harness.request("/v1/contexts", { method: "POST", body, headers });
    expect(answer.headers.get("x-request-id")).toBe(traceId);
    const causedCalls = (await calls("?limit=1000")).items.filter((c) => c.requestId === traceId);
    expect(new Set(causedCalls.map((c) => c.platform))).toEqual(new Set(["salesforce", "zendesk", "mixpanel"]));
    expect(causedCalls.every((c) => c.priority === "interactive")).toBe(true);
    const text = JSON.stringify(causedCalls);
    expect(text).not.toMatch(/nobody|somewhere|@|%40/);
    const lines = harness.logged.filter((line) => line.includes(traceId));
    expect(lines.length).toBeGreaterThanOrEqual(causedCalls.length);
    expect(lines.join()).not.toMatch(/nobody|somewhere/);
  });

  it("has the calls of earlier runs, with their causes, and filters", async () => {
    const { items: before } = await calls("?limit=1000");
    await harness.restart();
    const { items } = await calls("?limit=1000");
    expect(items.slice(-before.length)).toEqual(before);
    expect(new Set(items.map((call) => call.cause.replace(/:.*/, ":")))).toEqual(new Set(["read", "stream:"]));
    const [sample] = items.filter((call) => call.requestId !== null);
    const { connection, status, route, requestId } = sample!;
    for (const [name, value] of Object.entries({ connection, status, route, requestId })) {
      const filtered = (await calls(`?limit=1000&${name}=${encodeURIComponent(value!)}`)).items;
      expect(filtered, name).toEqual(items.filter((call) => call[name as keyof LoggedCall] === value));
      expect(filtered.length, name).toBeGreaterThan(0);
    }
    expect((await harness.request("/v1/calls?status=abc")).body.code).toBe("invalid_request");
  });

  it("shows operators the calls of their tenant only", async () => {
    expect((await harness.request("/v1/calls", { role: "agent" })).body.code).toBe("forbidden");
    const countBefore = (await calls("?limit=1000", "globex")).items.length;
    await harness.request("/v1/contexts", { method: "POST", body: { refs: ["email:another@nowhere.example"] } });
    expect((await calls("?limit=1000", "globex")).items.length).toBe(countBefore);
    expect((await harness.request("/v1/calls?cursor=bm9uZQ")).body.code).toBe("invalid_request");
  });
});

describe("trace context", () => {
  const requestIdFor = async (traceparent: string) =>
    (await harness.request("/v1/connections", { headers: { traceparent } })).headers.get("x-request-id");
  const id = "0af7651916cd43dd8448eb211c80319c";

  it("is the request id, also of a later version of the header", async () => {
    expect(await requestIdFor(`00-${id}-b7ad6b7169203331-00`)).toBe(id);
    expect(await requestIdFor(`01-${id}-b7ad6b7169203331-00-more`)).toBe(id);
  });

  it.each([
    ["an empty trace id", `00-${"0".repeat(32)}-b7ad6b7169203331-00`],
    ["an empty parent id", `00-${id}-${"0".repeat(16)}-00`],
    ["the forbidden version", `ff-${id}-b7ad6b7169203331-00`],
    ["upper case", `00-${id.toUpperCase()}-b7ad6b7169203331-00`],
    ["more fields than version 00 has", `00-${id}-b7ad6b7169203331-00-more`],
    ["nonsense", "hello"],
  ])("is ignored with %s", async (_, header) => {
    expect(await requestIdFor(header)).toMatch(/^[0-9a-f-]{36}$/);
  });
});
