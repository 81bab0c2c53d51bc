import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { call, mixpanelClient, type Reply, tinyLab } from "../testing.ts";

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

describe("import", () => {
  const send = (events: unknown, strict = "1") => api("POST", `/import?strict=${strict}&${project}`, events);
  const event = (extra: object = {}) => ({
    event: "Ticket Created",
    properties: { time: Math.floor(clock.now() / 1_000), distinct_id: "u_000000", $insert_id: "abc-1", ...extra },
  });

  test("counts the same event once and another time as another event", async () => {
    expect((await send([event(), event()])).body).toEqual({ code: 200, num_records_imported: 2, status: "OK" });
    await send([event()]);
    const countOf = async () => (await exportEvents(`&event=${encodeURIComponent('["Ticket Created"]')}`)).length;
    expect(await countOf()).toBe(1);
    await send([event({ time: Math.floor(clock.now() / 1_000) - 60 })]);
    expect(await countOf()).toBe(2);
  });

  test("returns 400 for a partial success in strict mode", async () => {
    const previousCount = world.mixpanel.events.size;
    const { status, body } = await send([
      event({ $insert_id: "good-1" }),
      event({ distinct_id: "null" }),
      event({ $insert_id: "no spaces" }),
      event({ time: "now" }),
      { event: "" },
    ]);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 400, num_records_imported: 1, status: "Bad Request" });
    expect(body.failed_records.map((r: { index: number; field: string }) => [r.index, r.field])).toEqual([
      [1, "properties.distinct_id"],
      [2, "properties.$insert_id"],
      [3, "properties.time"],
      [4, "event"],
    ]);
    expect(world.mixpanel.events.size).toBe(previousCount + 1);
  });

  test("accepts ndjson and gzip, and refuses too many events, unknown accounts and invalid bodies", async () => {
    const lines = [event({ $insert_id: "n1" }), event({ $insert_id: "n2" })].map((e) => JSON.stringify(e)).join("\n");
    expect((await api("POST", `/import?strict=1&${project}`, lines, { "content-type": "application/x-ndjson" })).status).toBe(
      200,
    );
    const auth = {
      authorization: `Basic ${Buffer.from(`${credentials.username}:${credentials.secret}`).toString("base64")}`,
      "content-type": "application/json",
    };
    const compressedReply = await call(`${url}/import?strict=1&${project}`, {
      method: "POST",
      headers: { ...auth, "content-encoding": "gzip" },
      body: new Uint8Array(gzipSync(JSON.stringify([event({ $insert_id: "z1" })]))),
    });
    expect(compressedReply.body.num_records_imported).toBe(1);
    expect((await send(Array.from({ length: 2_001 }, () => event()))).status).toBe(413);
    expect((await send("nonsense")).status).toBe(400);
    expect((await send([])).status).toBe(400);
    expect((await call(`${url}/import?strict=1&${project}`, { method: "POST", body: "[]" })).status).toBe(401);
    // The project token suffices when no project is named.
    const byToken = (query: string) =>
      call(`${url}/import?strict=1${query}`, {
        method: "POST",
        headers: { ...auth, authorization: `Basic ${Buffer.from(`${credentials.token}:`).toString("base64")}` },
        body: JSON.stringify([event({ $insert_id: "t1" })]),
      });
    expect([(await byToken("")).status, (await byToken(`&${project}`)).status]).toEqual([200, 401]);
  });
});

test("continues a second page where the first ended, whatever changes in between", async () => {
  const { token } = credentials;
  const createEvents = (from: number, count: number) =>
    api(
      "POST",
      "/engage?ip=0&verbose=1",
      Array.from({ length: count }, (_, i) => ({ $token: token, $distinct_id: `page-${from + i}`, $set: { n: i } })),
    );
  await createEvents(0, 1_500);
  const first = await engage({});
  expect(first.body.results).toHaveLength(1_000);
  await createEvents(1_500, 10);
  const second = await engage({ session_id: first.body.session_id, page: "1" });
  expect(second.body).toMatchObject({ page: 1, total: first.body.total, session_id: first.body.session_id });
  const ids = [...first.body.results, ...second.body.results].map((r: { $distinct_id: string }) => r.$distinct_id);
  expect(new Set(ids).size).toBe(first.body.total);
  expect(ids).toHaveLength(first.body.total);
});

describe("profile updates", () => {
  const update = (items: object[], query = "ip=0&verbose=1") => api("POST", `/engage?${query}`, items);
  const base = { $token: credentials.token, $distinct_id: "made-1", $ignore_time: true };

  test("set, add, union, unset, delete", async () => {
    expect((await update([{ ...base, $set: { a: 1, list: ["x"] } }])).body).toEqual({ status: 1, error: null });
    await update([
      { ...base, $add: { a: 2 } },
      { ...base, $union: { list: ["x", "y"] } },
      { ...base, $set_once: { a: 9, b: 1 } },
    ]);
    expect(world.mixpanel.profiles.get("made-1")!.properties).toEqual({ a: 3, list: ["x", "y"], b: 1 });
    await update([{ ...base, $unset: ["a"] }]);
    expect(world.mixpanel.profiles.get("made-1")!.properties).not.toHaveProperty("a");
    await update([{ ...base, $delete: "" }]);
    expect(world.mixpanel.profiles.get("made-1")).toBeUndefined();
  });

  test("count as a visit of the user without $ignore_time", async () => {
    const { $ignore_time: _, ...visit } = base;
    await update([{ ...visit, $distinct_id: "visitor", $set: { a: 1 } }]);
    expect(world.mixpanel.profiles.get("visitor")!.properties["$last_seen"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
    await update([{ ...base, $distinct_id: "stranger", $set: { a: 1 } }]);
    expect(world.mixpanel.profiles.get("stranger")!.properties).toEqual({ a: 1 });
  });

  test("return 200 for failures", async () => {
    expect(await update([{ $token: "t", $set: { a: 1 } }])).toMatchObject({
      status: 200,
      body: { status: 0, error: "Missing distinct_id" },
    });
    expect(await update([{ ...base, $set: { a: 1 }, $token: undefined }])).toMatchObject({ status: 200, body: { status: 0 } });
    expect(await api("POST", "/engage", [{ ...base }])).toMatchObject({ status: 200, body: 0 });
    expect(
      (await api("POST", "/engage?verbose=1", [{ ...base, $set: { a: 1 } }], { "content-encoding": "gzip" })).body.status,
    ).toBe(0);
  });

  test("ignore a wrong token, and take the server's location without ip=0", async () => {
    expect((await update([{ ...base, $token: "wrong", $set: { a: 1 } }])).body.status).toBe(1);
    expect(world.mixpanel.profiles.get("made-1")).toBeUndefined();
    await update([{ ...base, $set: { a: 1 } }], "verbose=1");
    expect(world.mixpanel.profiles.get("made-1")!.properties["$city"]).toBe("Ashburn");
  });

  test("accept groups and tracked events in the form the SDK sends", async () => {
    const data = (value: unknown) => `data=${Buffer.from(JSON.stringify(value)).toString("base64")}`;
    const group = { $token: credentials.token, $group_key: "company_id", $group_id: "g1", $set: { plan: "growth" } };
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect((await api("POST", "/groups?verbose=0&ip=0", data(group), headers)).body).toBe(1);
    expect(world.mixpanel.groups.get("company_id:g1")!.properties).toEqual({ plan: "growth" });
    const trackedEvent = {
      event: "Seen",
      properties: { token: credentials.token, distinct_id: "u_000000", time: Math.floor(clock.now() / 1_000) },
    };
    expect((await api("GET", `/track?ip=0&verbose=0&${data(trackedEvent)}`)).body).toBe(1);
    expect([...world.mixpanel.events.values()].some((e) => e.event === "Seen")).toBe(true);
  });
});

test("erases profile and events, and needs its own token", async () => {
  const id = world.people[1]!.distinctIds[0]!;
  const path = `/api/app/data-deletions/v3.0?token=${credentials.token}`;
  const ask = (authorization: string, distinct_ids: string[]) =>
    call(url + path, {
      method: "POST",
      headers: { authorization },
      body: JSON.stringify({ distinct_ids, compliance_type: "GDPR" }),
    });
  const bearer = `Bearer ${credentials.gdprToken}`;
  expect((await api("POST", path, { distinct_ids: [id] })).status).toBe(401);
  const task = await ask(bearer, [id]);
  expect(task).toMatchObject({ status: 201, body: { status: "ok" } });
  expect((await ask(bearer, [id])).status).toBe(429);
  const state = await call(`${url}/api/app/data-deletions/v3.0/${task.body.results.task_id}?token=${credentials.token}`, {
    headers: { authorization: bearer },
  });
  expect(state.body.results).toMatchObject({ status: "SUCCESS", distinct_ids: [id] });
  expect((await engage({ distinct_id: id })).body.total).toBe(0);
  expect((await exportEvents()).some((e) => e.properties["distinct_id"] === id)).toBe(false);
  clock.advance(1_001);
  expect(
    (
      await ask(
        bearer,
        Array.from({ length: 2_000 }, (_, i) => `x${i}`),
      )
    ).status,
  ).toBe(400);
});
