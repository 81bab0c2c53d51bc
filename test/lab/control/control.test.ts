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

const heard: unknown[] = [];
const { lab, acme, clock } = await tinyLab({ onHappened: (happened) => void heard.push(happened) });
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

test("every request is listed, by platform and since when", async () => {
  await sf("GET", `${LIMITS}?a=1`);
  clock.advance(1_000);
  await zd("GET", "/api/v2/tickets/999999");
  const all = (await control("GET", "/requests")).body;
  expect(all).toMatchObject([
    { platform: "salesforce", tenant: "acme", method: "GET", path: `${LIMITS}?a=1`, status: 200 },
    { platform: "zendesk", tenant: "acme", method: "GET", path: "/api/v2/tickets/999999", status: 404 },
  ]);
  expect((await control("GET", "/requests?platform=zendesk")).body).toHaveLength(1);
  expect((await control("GET", `/requests?since=${clock.now()}`)).body).toHaveLength(1);
  expect((await control("GET", `/requests?since=${new Date(clock.now()).toISOString()}`)).body).toHaveLength(1);
});

test("effects: what clients wrote and the simulators hold, by object", async () => {
  const made = await sf("POST", "/services/data/v67.0/sobjects/Task", { Subject: "one" });
  await sf("PATCH", `/services/data/v67.0/sobjects/Task/${made.body.id}`, { Subject: "two" });
  await sf("POST", "/services/data/v67.0/sobjects/Task", { Nope: 1 });
  const { body } = await control("GET", "/effects?platform=salesforce");
  expect(body).toMatchObject({
    Task: [{ tenant: "acme", id: made.body.id, created: true, writes: 2, fields: { Subject: "two" } }],
  });
  expect((await control("GET", "/effects")).body).toMatchObject({ salesforce: { Task: [{}] }, zendesk: {}, mixpanel: {} });
});

test("things happen, the same for the same seed, and whoever listens is told", async () => {
  const first = await control("POST", "/happen", { kind: "ticket_created", seed: 4, delivery: "late" });
  expect(first.body).toEqual({
    refs: expect.arrayContaining([expect.stringMatching(/^zendesk\.ticket:/)]),
    at: expect.any(String),
  });
  expect(heard.at(-1)).toMatchObject({ kind: "ticket_created", tenant: "acme", delivery: "late", seed: 4 });
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
])("%s %j is a bad request", async (path, body) => {
  const reply = await control("POST", path, body);
  expect(reply.status).toBe(400);
  expect(reply.headers.get("content-type")).toBe("application/problem+json");
});

describe("faults", () => {
  const fault = (body: object) => control("POST", "/faults", { rate: 1, seed: 1, ...body });

  test("errors in each platform's own form, until cleared", async () => {
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

  test("rate limits in each platform's own form", async () => {
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

  test("latency takes its time on the lab's clock, only where the path says", async () => {
    await fault({ platform: "zendesk", kind: "latency", ms: 700, path: "/api/v2/users" });
    const before = clock.slept;
    await zd("GET", "/api/v2/tickets/1");
    expect(clock.slept).toBe(before);
    expect((await zd("GET", "/api/v2/users/me")).status).toBe(200);
    expect(clock.slept).toBe(before + 700);
  });

  test("timeouts, resets and torn answers", async () => {
    await fault({ platform: "zendesk", kind: "timeout", ms: 5_000 });
    await expect(zd("GET", "/api/v2/users/me")).rejects.toThrow("fetch failed");
    await control("POST", "/faults", {});
    await fault({ platform: "zendesk", kind: "reset" });
    await expect(zd("GET", "/api/v2/users/me")).rejects.toThrow("fetch failed");
    await control("POST", "/faults", {});
    await fault({ platform: "zendesk", kind: "malformed" });
    const torn = await zd("GET", "/api/v2/users/me");
    expect(torn.status).toBe(200);
    expect(torn.headers.get("content-type")).toContain("json");
    expect(typeof torn.body).toBe("string");
    expect((await control("GET", "/requests")).body.map((r: { fault?: string }) => r.fault)).toEqual([
      "timeout",
      "reset",
      "malformed",
    ]);
  });

  test("a lost answer: half of the writes were done all the same", async () => {
    await fault({ platform: "salesforce", kind: "reset", seed: 3 });
    for (let i = 0; i < 20; i++) await sf("POST", "/services/data/v67.0/sobjects/Task", { Subject: `t${i}` }).catch(() => {});
    const { Task } = (await control("GET", "/effects?platform=salesforce")).body;
    expect(Task.length).toBeGreaterThan(3);
    expect(Task.length).toBeLessThan(17);
  });

  test.each(["timeout", "reset", "error"])("a lost answer after the work, or before it, as is asked: %s", async (kind) => {
    const made = async (after: boolean): Promise<number> => {
      await control("POST", "/reset");
      await fault({ platform: "salesforce", kind, after, ms: 10, path: "/services/data" });
      for (let i = 0; i < 5; i++) await sf("POST", "/services/data/v67.0/sobjects/Task", { Subject: `t${i}` }).catch(() => {});
      const { Task = [] } = (await control("GET", "/effects?platform=salesforce")).body;
      return Task.length;
    };
    expect([await made(true), await made(false)]).toEqual([5, 0]);
  });

  test("an expired token is dead for good; a new one works", async () => {
    const token = await salesforceToken(acme);
    const ask = (bearer: string) => call(acme.salesforce.url + LIMITS, { headers: { authorization: `Bearer ${bearer}` } });
    await fault({ platform: "salesforce", kind: "expired_token" });
    expect(await ask(token)).toMatchObject({ status: 401, body: [{ errorCode: "INVALID_SESSION_ID" }] });
    // The token endpoint itself is spared.
    const next = await salesforceToken(acme);
    expect(next).toBeTypeOf("string");
    await control("POST", "/faults", {});
    expect((await ask(token)).status).toBe(401);
    expect((await ask(next)).status).toBe(200);
  });

  test("a rate is a share, and the same requests meet the same fate", async () => {
    const run = async (): Promise<number[]> => {
      await control("POST", "/faults", {});
      await fault({ platform: "zendesk", kind: "error", rate: 0.3, seed: 11 });
      const out = [];
      for (let i = 0; i < 40; i++) out.push((await zd("GET", "/api/v2/users/me")).status);
      return out;
    };
    const first = await run();
    expect(await run()).toEqual(first);
    const failed = first.filter((status) => status === 500).length;
    expect(failed).toBeGreaterThan(4);
    expect(failed).toBeLessThan(22);
  });

  test("one tenant's trouble is not the other's", async () => {
    await fault({ platform: "zendesk", kind: "error", tenant: "globex" });
    expect((await zd("GET", "/api/v2/users/me")).status).toBe(200);
    const other = await zendeskClient(lab.tenants["globex"]!).catch(() => null);
    expect(other).not.toBeNull();
    expect((await (await zendeskClient(acme))("GET", "/api/v2/users/me")).status).toBe(200);
  });
});
