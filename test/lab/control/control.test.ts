import { request } from "undici";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import {
  call,
  mixpanelClient,
  type Reply,
  salesforceClient,
  salesforceToken,
  tinyLab,
  zendeskClient,
} from "../simulators/testing.ts";

const scenarios: unknown[] = [];
const { lab, acme, clock } = await tinyLab({ onScenario: (scenario) => void scenarios.push(scenario) });
afterAll(() => lab.close());
const control = (method: string, path: string, body?: unknown): Promise<Reply> =>
  call(lab.control.url + path, {
    method,
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
const LIMITS = "/services/data/v67.0/limits";
const sf = await salesforceClient(acme);
const zd = await zendeskClient(acme);
const mp = mixpanelClient(acme);
const profiles = `/api/query/engage?project_id=${acme.mixpanel.credentials.projectId}`;

beforeEach(async () => {
  await control("POST", "/reset");
});

test("lists every request, by platform and time", async () => {
  await sf("GET", `${LIMITS}?a=1`);
  clock.advance(1_000);
  await zd("GET", "/api/v2/tickets/999999");
  const requests = (await control("GET", "/requests")).body;
  expect(requests).toMatchObject([
    { platform: "salesforce", tenant: "acme", method: "GET", path: `${LIMITS}?a=1`, status: 200 },
    { platform: "zendesk", tenant: "acme", method: "GET", path: "/api/v2/tickets/999999", status: 404 },
  ]);
  expect((await control("GET", "/requests?platform=zendesk")).body).toHaveLength(1);
  expect((await control("GET", `/requests?since=${clock.now()}`)).body).toHaveLength(1);
  expect((await control("GET", `/requests?since=${new Date(clock.now()).toISOString()}`)).body).toHaveLength(1);
});

test("lists clients' writes by object", async () => {
  const task = await sf("POST", "/services/data/v67.0/sobjects/Task", { Subject: "one" });
  await sf("PATCH", `/services/data/v67.0/sobjects/Task/${task.body.id}`, { Subject: "two" });
  await sf("POST", "/services/data/v67.0/sobjects/Task", { Nope: 1 });
  const { body } = await control("GET", "/effects?platform=salesforce");
  expect(body).toMatchObject({
    Task: [{ tenant: "acme", id: task.body.id, created: true, writes: 2, fields: { Subject: "two" } }],
  });
  expect((await control("GET", "/effects")).body).toMatchObject({ salesforce: { Task: [{}] }, zendesk: {}, mixpanel: {} });
});

test("runs the same scenario for the same seed, and notifies the listener", async () => {
  const first = await control("POST", "/happen", { kind: "ticket_created", seed: 4, delivery: "late" });
  expect(first.body).toEqual({
    refs: expect.arrayContaining([expect.stringMatching(/^zendesk\.ticket:/)]),
    at: expect.any(String),
  });
  expect(scenarios.at(-1)).toMatchObject({ kind: "ticket_created", tenant: "acme", delivery: "late", seed: 4 });
  const id = first.body.refs[0].split(":")[1];
  expect((await zd("GET", `/api/v2/tickets/${id}`)).status).toBe(200);
  await control("POST", "/reset");
  expect((await zd("GET", `/api/v2/tickets/${id}`)).status).toBe(404);
  expect((await control("POST", "/happen", { kind: "ticket_created", seed: 4 })).body).toEqual(first.body);
  expect((await control("POST", "/happen", { kind: "lead_created", tenant: "globex" })).status).toBe(200);
});

test.each([
  ["/faults", { platform: "nobody", kind: "error", rate: 1 }],
  ["/faults", { platform: "zendesk", kind: "error", rate: 2 }],
  ["/faults", { platform: "zendesk", kind: "mood", rate: 1 }],
  ["/faults", { platform: "zendesk", kind: "error", rate: 1, path: "no-slash" }],
  ["/faults", { platform: "zendesk", kind: "error", rate: 1, tenant: "nobody" }],
  ["/faults", { platform: "zendesk", kind: "error", rate: 1, typo: true }],
  ["/faults", "{"],
  ["/happen", { kind: "miracle" }],
  ["/happen", { kind: "deal_won", tenant: "nobody" }],
  ["/happen", {}],
])("returns 400 for %s %j", async (path, body) => {
  const reply = await control("POST", path, body);
  expect(reply.status).toBe(400);
  expect(reply.headers.get("content-type")).toBe("application/problem+json");
});

describe("faults", () => {
  const fault = (body: object) => control("POST", "/faults", { rate: 1, seed: 1, ...body });

  test("returns errors in each platform's own form, until cleared", async () => {
    for (const platform of ["salesforce", "zendesk", "mixpanel"])
      expect((await fault({ platform, kind: "error", status: 503 })).status).toBe(204);
    expect(await sf("GET", LIMITS)).toMatchObject({ status: 503, body: [{ errorCode: "SERVER_UNAVAILABLE" }] });
    const zendesk = await zd("GET", "/api/v2/users/me");
    expect(zendesk.status).toBe(503);
    expect(zendesk.headers.get("retry-after")).toBe("2");
    expect(await mp("POST", profiles)).toMatchObject({ status: 503, body: { status: "error" } });
    expect((await control("POST", "/faults", {})).status).toBe(204);
    expect((await sf("GET", LIMITS)).status).toBe(200);
  });

  test("returns rate limits in each platform's own form", async () => {
    for (const platform of ["salesforce", "zendesk", "mixpanel"]) await fault({ platform, kind: "rate_limit" });
    const salesforce = await sf("GET", LIMITS);
    expect(salesforce).toMatchObject({ status: 403, body: [{ errorCode: "REQUEST_LIMIT_EXCEEDED" }] });
    expect(salesforce.headers.get("sforce-limit-info")).toMatch(/^api-usage=/);
    const zendesk = await zd("GET", "/api/v2/users/me");
    expect(zendesk.status).toBe(429);
    expect(zendesk.headers.get("retry-after")).not.toBeNull();
    expect(zendesk.headers.get("x-rate-limit")).not.toBeNull();
    expect((await mp("POST", profiles)).status).toBe(429);
  });

  test("delays requests on the lab's clock, only under the path prefix", async () => {
    await fault({ platform: "zendesk", kind: "latency", ms: 700, path: "/api/v2/users" });
    const sleptBefore = clock.slept;
    await zd("GET", "/api/v2/tickets/1");
    expect(clock.slept).toBe(sleptBefore);
    expect((await zd("GET", "/api/v2/users/me")).status).toBe(200);
    expect(clock.slept).toBe(sleptBefore + 700);
  });

  test("times out, resets and truncates responses", async () => {
    await fault({ platform: "zendesk", kind: "timeout", ms: 5_000 });
    await expect(zd("GET", "/api/v2/users/me")).rejects.toThrow("fetch failed");
    await control("POST", "/faults", {});
    await fault({ platform: "zendesk", kind: "reset" });
    await expect(zd("GET", "/api/v2/users/me")).rejects.toThrow("fetch failed");
    await control("POST", "/faults", {});
    await fault({ platform: "zendesk", kind: "malformed" });
    const truncatedReply = await zd("GET", "/api/v2/users/me");
    expect(truncatedReply.status).toBe(200);
    expect(truncatedReply.headers.get("content-type")).toContain("json");
    expect(typeof truncatedReply.body).toBe("string");
    expect((await control("GET", "/requests")).body.map((r: { fault?: string }) => r.fault)).toEqual([
      "timeout",
      "reset",
      "malformed",
    ]);
  });

  test("processes half of the requests whose response is lost", async () => {
    await fault({ platform: "salesforce", kind: "reset", seed: 3 });
    for (let i = 0; i < 20; i++) await sf("POST", "/services/data/v67.0/sobjects/Task", { Subject: `t${i}` }).catch(() => {});
    const { Task } = (await control("GET", "/effects?platform=salesforce")).body;
    expect(Task.length).toBeGreaterThan(3);
    expect(Task.length).toBeLessThan(17);
  });

  test.each(["timeout", "reset", "error"])("processes the request or not, as configured: %s", async (kind) => {
    const countTasks = async (isProcessed: boolean): Promise<number> => {
      await control("POST", "/reset");
      await fault({ platform: "salesforce", kind, processed: isProcessed, ms: 10, path: "/services/data" });
      for (let i = 0; i < 5; i++) await sf("POST", "/services/data/v67.0/sobjects/Task", { Subject: `t${i}` }).catch(() => {});
      const { Task = [] } = (await control("GET", "/effects?platform=salesforce")).body;
      return Task.length;
    };
    expect([await countTasks(true), await countTasks(false)]).toEqual([5, 0]);
  });

  test("expires a token for good, and accepts a new one", async () => {
    const token = await salesforceToken(acme);
    const ask = (bearer: string) => call(acme.salesforce.url + LIMITS, { headers: { authorization: `Bearer ${bearer}` } });
    await fault({ platform: "salesforce", kind: "expired_token" });
    expect(await ask(token)).toMatchObject({ status: 401, body: [{ errorCode: "INVALID_SESSION_ID" }] });
    // The token endpoint is exempt.
    const next = await salesforceToken(acme);
    expect(next).toBeTypeOf("string");
    await control("POST", "/faults", {});
    expect((await ask(token)).status).toBe(401);
    expect((await ask(next)).status).toBe(200);
  });

  test("applies a rate, and the same fault to the same requests", async () => {
    const run = async (): Promise<number[]> => {
      await control("POST", "/faults", {});
      await fault({ platform: "zendesk", kind: "error", rate: 0.3, seed: 11 });
      const out = [];
      for (let i = 0; i < 40; i++) out.push((await zd("GET", "/api/v2/users/me")).status);
      return out;
    };
    const first = await run();
    expect(await run()).toEqual(first);
    const failures = first.filter((status) => status === 500).length;
    expect(failures).toBeGreaterThan(4);
    expect(failures).toBeLessThan(22);
  });

  test("keeps faults of one tenant from the other", async () => {
    await fault({ platform: "zendesk", kind: "error", tenant: "globex" });
    expect((await zd("GET", "/api/v2/users/me")).status).toBe(200);
    const globexClient = await zendeskClient(lab.tenants["globex"]!).catch(() => null);
    expect(globexClient).not.toBeNull();
    expect((await (await zendeskClient(acme))("GET", "/api/v2/users/me")).status).toBe(200);
  });
});

test.each<[string, (url: URL) => Record<string, string>]>([
  ["a page of another site", () => ({ origin: "https://evil.example" })],
  ["a page of another port of this machine", () => ({ origin: "http://127.0.0.1:3000" })],
  ["a page without an origin", () => ({ origin: "null" })],
  ["a page that sends no origin", () => ({ "sec-fetch-site": "cross-site" })],
  ["a name that resolves to this machine (DNS rebinding)", ({ port }) => ({ host: `evil.example:${port}` })],
  ["a name that begins as this machine's", ({ port }) => ({ host: `127.0.0.1.evil.example:${port}` })],
])("refuses %s, at the control and at the simulators", async (_, headersFor) => {
  for (const text of [
    `${lab.control.url}/reset`,
    `${acme.zendesk.url}/api/v2/users/me`,
    `${acme.salesforce.url}/services/data`,
  ]) {
    const url = new URL(text);
    const { statusCode, body } = await request(url, { method: "POST", headers: headersFor(url) });
    expect([statusCode, await body.text()], text).toEqual([403, expect.stringMatching(/Host header|other origins/)]);
  }
  expect((await control("GET", "/requests")).body).toEqual([]);
});

test("accepts its own origin and this machine's name", async () => {
  const { port, origin } = new URL(lab.control.url);
  for (const headers of [
    { origin },
    { host: `localhost:${port}`, origin: `http://localhost:${port}` },
    { "sec-fetch-site": "none" },
  ])
    expect((await request(`${lab.control.url}/requests`, { headers: headers as Record<string, string> })).statusCode).toBe(200);
});
