import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { call, mixpanelClient, type Reply, tinyLab } from "../testing.ts";
import { expression } from "./expression.ts";
import { startOfDay, today } from "./zone.ts";

const { lab, acme, clock } = await tinyLab({
  limits: { mixpanel: { queriesPerHour: 1_000, exportsPerHour: 1_000, exportsPerSecond: 1_000 } },
});
afterAll(() => lab.close());
const { url, credentials } = acme.mixpanel;
const { world } = acme;
const api = mixpanelClient(acme);
const project = `project_id=${credentials.projectId}`;
const engage = (fields: Record<string, string>, client = api): Promise<Reply> =>
  client("POST", `/api/query/engage?${project}`, new URLSearchParams(fields).toString(), {
    "content-type": "application/x-www-form-urlencoded",
  });
const FROM = "2026-08-23";
const TO = "2026-11-20";
const exportEvents = async (extraQuery = "", client = api): Promise<{ event: string; properties: Record<string, unknown> }[]> => {
  const { body } = await client("GET", `/api/2.0/export?${project}&from_date=${FROM}&to_date=${TO}${extraQuery}`);
  if (typeof body === "object") return [body];
  return body
    .split("\n")
    .filter(Boolean)
    .map((line: string) => JSON.parse(line));
};

describe("profiles", () => {
  test("finds profiles by email, by id, or all of them", async () => {
    const { email, distinctIds } = world.people[0]!;
    const byEmail = await engage({ where: `properties["$email"]=="${email}"` });
    expect(byEmail.body).toMatchObject({
      status: "ok",
      total: 1,
      page: 0,
      page_size: 1_000,
      results: [{ $distinct_id: distinctIds[0], $properties: { $email: email } }],
    });
    expect((await engage({ distinct_ids: JSON.stringify(distinctIds) })).body.total).toBe(1);
    expect((await engage({})).body.total).toBe(world.mixpanel.profiles.size);
    const slim = await engage({ output_properties: '["$email"]' });
    expect(Object.keys(slim.body.results[0].$properties)).toEqual(["$email"]);
  });

  test("require the session of the first page for later pages", async () => {
    const first = await engage({});
    expect((await engage({ page: "1" })).status).toBe(400);
    expect((await engage({ page: "1", session_id: "nope" })).status).toBe(400);
    expect((await engage({ page: "1", session_id: first.body.session_id })).body).toMatchObject({ page: 1, results: [] });
  });

  test("refuse unknown accounts, other projects, invalid expressions and other content types", async () => {
    expect((await call(`${url}/api/query/engage?${project}`, { method: "POST" })).status).toBe(401);
    expect((await api("POST", "/api/query/engage")).status).toBe(400);
    expect((await api("POST", "/api/query/engage?project_id=1")).status).toBe(403);
    const { username, secret } = lab.tenants["globex"]!.mixpanel.credentials;
    const foreign = { authorization: `Basic ${Buffer.from(`${username}:${secret}`).toString("base64")}` };
    expect((await call(`${url}/api/query/engage?${project}`, { method: "POST", headers: foreign })).status).toBe(401);
    expect((await engage({ where: 'properties["$email"]=="x' })).status).toBe(400);
    expect((await engage({ distinct_ids: "u_1" })).status).toBe(400);
    expect((await api("POST", `/api/query/engage?${project}`, { where: "true" })).status).toBe(400);
  });

  test("finds exactly the owner of any escaped text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const literal = `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
        const test = expression(`properties["$email"] == ${literal}`);
        expect(test({ $email: text })).toBe(true);
        expect(test({ $email: `${text}x` })).toBe(false);
      }),
    );
  });
});

describe("export", () => {
  test("streams the same ninety days each time, all within the dates", async () => {
    const events = await exportEvents();
    expect(await exportEvents()).toEqual(events);
    expect(new Set(events.map((e) => e.event))).toEqual(
      new Set([
        "$session_start",
        "Feature Used",
        "Report Exported",
        "Signed Up",
        "Project Created",
        "Teammate Invited",
        "Onboarding Completed",
      ]),
    );
    for (const { properties } of events) {
      const date = new Date(Number(properties["time"]) * 1_000).toISOString().slice(0, 10);
      expect(date >= FROM && date <= TO).toBe(true);
    }
    const keys = events.map(
      (e) => `${e.event}|${e.properties["time"]}|${e.properties["distinct_id"]}|${e.properties["$insert_id"]}`,
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("filters by event and expression, limits and compresses", async () => {
    const id = world.people[0]!.distinctIds[0]!;
    const ofUser = await exportEvents(
      `&event=${encodeURIComponent('["Feature Used"]')}&where=${encodeURIComponent(`properties["$distinct_id"]=="${id}" and defined(properties["feature"])`)}`,
    );
    expect(ofUser.length).toBeGreaterThan(0);
    for (const e of ofUser) expect([e.event, e.properties["distinct_id"]]).toEqual(["Feature Used", id]);
    expect(await exportEvents("&limit=5")).toHaveLength(5);
    const plain = await fetch(`${url}/api/2.0/export?${project}&from_date=${TO}&to_date=${TO}`, {
      headers: {
        authorization: `Basic ${Buffer.from(`${credentials.username}:${credentials.secret}`).toString("base64")}`,
        "accept-encoding": "identity",
      },
    });
    expect(plain.headers.get("content-encoding")).toBeNull();
  });

  test("refuses missing, invalid, reversed and future dates", async () => {
    for (const dates of [
      "",
      "&from_date=2026-11-01",
      "&from_date=x&to_date=y",
      "&from_date=2026-11-02&to_date=2026-11-01",
      "&from_date=2026-11-01&to_date=2026-11-21",
    ]) {
      expect((await api("GET", `/api/2.0/export?${project}${dates}`)).status).toBe(400);
    }
  });

  test("starts a day in the project's time zone", () => {
    expect(startOfDay("UTC", "2026-11-20")).toBe(Date.parse("2026-11-20T00:00:00Z"));
    expect(startOfDay("Asia/Tokyo", "2026-11-20")).toBe(Date.parse("2026-11-19T15:00:00Z"));
    expect(startOfDay("America/New_York", "2026-11-20")).toBe(Date.parse("2026-11-20T05:00:00Z"));
    expect(today("Asia/Tokyo", Date.parse("2026-11-20T16:00:00Z"))).toBe("2026-11-21");
  });
});

describe("limits", () => {
  test("allow sixty queries an hour and three exports a second", async () => {
    const small = await tinyLab();
    const apiClient = mixpanelClient(small.acme);
    const ownProject = `project_id=${small.acme.mixpanel.credentials.projectId}`;
    const ask = () =>
      apiClient("POST", `/api/query/engage?${ownProject}`, "distinct_id=u_000000", {
        "content-type": "application/x-www-form-urlencoded",
      });
    for (let i = 0; i < 60; i++) expect((await ask()).status).toBe(200);
    expect((await ask()).status).toBe(429);
    small.clock.advance(3_600_000);
    expect((await ask()).status).toBe(200);
    const dump = () => apiClient("GET", `/api/2.0/export?${ownProject}&from_date=${TO}&to_date=${TO}`);
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await dump()).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    await small.lab.close();
  });

  test("allow five concurrent queries", async () => {
    let release = (): void => {};
    const blocker = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = await tinyLab({ clock: { now: () => clock.now(), sleep: () => blocker } });
    slow.lab.faults.add({ platform: "mixpanel", kind: "latency", rate: 1, seed: 1 });
    const apiClient = mixpanelClient(slow.acme);
    const ask = () => apiClient("POST", `/api/query/engage?project_id=${slow.acme.mixpanel.credentials.projectId}`);
    const five = Array.from({ length: 5 }, ask);
    while (slow.lab.requests.list({ platform: "mixpanel" }).length < 5) await new Promise((resolve) => setImmediate(resolve));
    expect((await ask()).status).toBe(429);
    release();
    for (const reply of await Promise.all(five)) expect(reply.status).toBe(200);
    await slow.lab.close();
  });
});
