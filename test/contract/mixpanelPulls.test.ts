import { advanceBy, advanceUntil, advanceUntilSettled, idle } from "@sidelight/test-support/advance.ts";
import { afterEach, describe, expect, it } from "vitest";
import { type ConfigTree, type Harness, type HarnessOptions, openHarness } from "../harness/harness.ts";
import {
  setAlias,
  setExportTail,
  setMissingProfiles,
  setProfilePageLimit,
  setProfileRows,
  setWallTimes,
} from "../lab/simulators/mixpanel/oddities.ts";

let harness: Harness;
afterEach(() => harness.close());

const minute = 60_000;
const hour = 3_600_000;
const world = () => harness.lab.tenants["acme"]!.world;

interface StreamView {
  name: string;
  complete: boolean;
  state: string;
  problem: string | null;
  passedOver: { reason: string; count: number }[];
}
async function stream(name: string): Promise<StreamView> {
  const { body } = await harness.request("/v1/connections");
  const mixpanel = body.items.find((c: { platform: string }) => c.platform === "mixpanel");
  return mixpanel.streams.find((s: StreamView) => s.name === name);
}
const passedOver = async (name: string) =>
  Object.fromEntries((await stream(name)).passedOver.map(({ reason, count }) => [reason, count]));

const pathsSince = (since: number, path: string) =>
  harness.requests("mixpanel", since).filter((request) => request.tenant === "acme" && request.path.startsWith(path));
const exportsSince = (since: number) => pathsSince(since, "/api/2.0/export");
const callsSince = (since: number) => pathsSince(since, "/").length;

/** A profile that has an e-mail address, so that a person is found by it. */
function someProfile(index = 0): { id: string; email: string } {
  const profile = [...world().mixpanel.profiles.values()].filter(({ properties }) => typeof properties["$email"] === "string")[
    index
  ]!;
  return { id: profile.distinct_id, email: String(profile.properties["$email"]) };
}

async function usageOf(id: string) {
  const { body } = await harness.context(`mixpanel.user:${id}`, { query: "?sections=product" });
  return body.sections["product"]?.data as { sessions30d: number; lastActiveAt: string | null; daily: number[] } | null;
}

/** Waits for the pull that follows a change of the world. */
async function nextPull(path: string): Promise<void> {
  const since = harness.requests("mixpanel").length;
  harness.clock.advance(31 * minute);
  await advanceUntil(harness.clock, 200, `a request of ${path}`, () =>
    pathsSince(since, path).some(({ status }) => status === 200),
  );
  await idle(harness.clock);
}

const seconds = (ms: number) => Math.floor(ms / 1000);
const line = (event: string, properties: object) => `${JSON.stringify({ event, properties })}\n`;

/** Mixpanel is pulled every half hour, as by default. */
const open = async ({ configure, ...options }: HarnessOptions = {}) => {
  harness = await openHarness({
    ...options,
    configure(config) {
      for (const { settings } of config.tenants.acme.connections) delete settings.pullEverySeconds;
      configure?.(config);
    },
  });
};

describe("an export of Mixpanel with odd lines", () => {
  it("counts the good lines, passes over and shows the odd ones, and repeats no call", async () => {
    await open({ pull: false });
    const { id } = someProfile();
    const now = harness.clock.now();
    const time = seconds(now - hour);
    const initialState = [
      line("$session_start", { time }),
      line("$session_start", { time, distinct_id: null }),
      line("$session_start", { time, distinct_id: { id: 7 } }),
      line("$session_start", { time, distinct_id: "undefined" }),
      line("$session_start", { distinct_id: id }),
      line("$session_start", { time: "soon", distinct_id: id }),
      line("$session_start", { time: seconds(now) + 400 * 86_400, distinct_id: id }),
      line("", { time, distinct_id: id }),
      `${JSON.stringify({ properties: { time, distinct_id: id } })}\n`,
      `${JSON.stringify({ event: "$session_start" })}\n`,
      "[1,2,3]\n",
      "7\n",
      '{"event":"$session_start","properties":\n',
      "\n",
      "   \r\n",
      `{"event":"Huge","properties":{"distinct_id":"${id}","text":"${"x".repeat(3_000_000)}"}}\n`,
    ].join("");
    const usable = [
      `\uFEFF${line("Odd But Usable", { time: String(time), distinct_id: 4_711 })}`,
      line("Odd But Usable", { time: time + 0.5, distinct_id: 4_711 }),
      line("Odd But Usable", { time: (time + 1) * 1000, distinct_id: 4_711 }),
      line("Odd But Usable", { time: new Date(now - hour).toISOString(), distinct_id: 4_711 }),
    ].join("");
    const notText = Buffer.concat([
      Buffer.from(`{"event":"e","properties":{"time":${time},"distinct_id":"`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}}\n'),
    ]);
    setExportTail(world(), Buffer.concat([Buffer.from(initialState), notText, Buffer.from(usable)]));
    await harness.restart();

    expect((await stream("usage")).complete).toBe(true);
    const counts = await passedOver("usage");
    expect(Object.keys(counts).sort()).toEqual([
      "invalid distinct_id",
      "invalid event",
      "invalid properties",
      "invalid time",
      "line too large",
      "not JSON",
      "not an object",
      "time in the future",
    ]);
    // The tail is in each of the four exports of the backfill.
    expect(counts["not JSON"]).toBe(exportsSince(0).filter(({ status }) => status === 200).length);
    const usage = await harness.request("/v1/context/mixpanel.user:4711?sections=product");
    expect(usage.status).toBe(200);

    const since = harness.requests("mixpanel").length;
    await advanceBy(harness.clock, 30_000, 2 * hour);
    expect(exportsSince(since).length).toBeGreaterThanOrEqual(2);
    expect(exportsSince(since).length).toBeLessThanOrEqual(5);
  });

  it("that ends inside a line is requested again less and less often, and never counts as complete", async () => {
    await open({ pull: false });
    setExportTail(world(), '{"event":"$session_start","properties":{"distinct_id":"ad');
    await harness.restart({ wait: false });
    const callsOfHours: number[] = [];
    for (let i = 0; i < 3; i++) {
      const since = harness.requests("mixpanel").length;
      await advanceBy(harness.clock, 20_000, hour);
      callsOfHours.push(callsSince(since));
    }
    expect((await stream("usage")).complete).toBe(false);
    expect((await stream("usage")).problem).toMatch(/ended early/);
    expect((await stream("profiles")).complete).toBe(true);
    for (const calls of callsOfHours) expect(calls).toBeLessThan(60);
    expect(callsOfHours[2]).toBeLessThan(30);
  });
});

describe("repeated lines of a raw export", () => {
  it("count once, also when the same days are exported again; lines without $insert_id are never merged", async () => {
    await open({ pull: false });
    const time = seconds(harness.clock.now() - hour);
    const repeatedLine = line("$session_start", { time, distinct_id: "kim", $insert_id: "a1" });
    setExportTail(
      world(),
      [
        repeatedLine,
        repeatedLine,
        line("$session_start", { $insert_id: "a1", distinct_id: "kim", time: String(time) }),
        line("$session_start", { time, distinct_id: "kim", $insert_id: "a2" }),
        line("$session_start", { time, distinct_id: "kim" }),
        line("$session_start", { time, distinct_id: "kim" }),
      ].join(""),
    );
    world().change(() =>
      world().mixpanel.profiles.put({ distinct_id: "kim", properties: { $email: "kim@kimco.example", $name: "Kim" } }),
    );
    await harness.restart();
    expect((await usageOf("kim"))?.sessions30d).toBe(4);
    await nextPull("/api/2.0/export");
    expect((await usageOf("kim"))?.sessions30d).toBe(4);
  });
});

describe("days of a project in another time zone than the tenant", () => {
  const zones = (tenant: string, project: string, setting?: string): HarnessOptions => ({
    pull: false,
    lab: { limits: { mixpanel: { timeZone: project } } },
    configure: (config: ConfigTree) => {
      for (const tenantConfig of Object.values<ConfigTree>(config.tenants)) {
        tenantConfig.timeZone = tenant;
        if (setting === undefined) continue;
        for (const connection of tenantConfig.connections)
          if (connection.platform === "mixpanel") connection.settings.projectTimeZone = setting;
      }
    },
  });

  it.each([
    ["Pacific/Auckland", "America/Los_Angeles", undefined],
    ["Pacific/Auckland", "UTC", undefined],
    ["Pacific/Auckland", "America/Los_Angeles", "America/Los_Angeles"],
    ["America/Los_Angeles", "UTC", undefined],
    ["America/Los_Angeles", "Pacific/Auckland", undefined],
    ["Pacific/Pago_Pago", "Pacific/Kiritimati", undefined],
    ["Pacific/Tongatapu", "Pacific/Pago_Pago", undefined],
    ["America/Los_Angeles", "Pacific/Auckland", "Pacific/Auckland"],
  ])(
    "the backfill of a tenant in %s and a project in %s ends, and the newest hour counts (setting: %s)",
    async (tenant, project, setting) => {
      await open(zones(tenant, project, setting));
      const now = harness.clock.now();
      const instant = now - 10 * minute;
      setExportTail(world(), "");
      // A project created before 2023, for which the setting is made, writes its own time.
      setWallTimes(world(), setting !== undefined);
      world().change(() => {
        world().mixpanel.profiles.put({ distinct_id: "zoe", properties: { $email: "zoe@zones.example" } });
        world().mixpanel.events.put({
          event: "$session_start",
          time: instant,
          distinct_id: "zoe",
          insert_id: "z1",
          properties: {},
        });
      });
      await harness.restart();
      expect((await stream("usage")).complete).toBe(true);
      const usage = await usageOf("zoe");
      expect(usage?.lastActiveAt).toBe(new Date(seconds(instant) * 1000).toISOString());
      expect(usage?.sessions30d).toBe(1);
      const refusedExports = exportsSince(0).filter(({ status }) => status === 400).length;
      expect(refusedExports).toBeLessThanOrEqual(setting === undefined ? 2 : 0);
    },
  );
});

describe("the list of profiles", () => {
  it("is read to its end although its pages are shorter than announced, and passes over odd rows", async () => {
    await open({ pull: false });
    setProfilePageLimit(world(), 7);
    setProfileRows(world(), [
      null,
      7,
      {},
      { $distinct_id: null, $properties: {} },
      { $distinct_id: "odd", $properties: [] },
      { $distinct_id: "bare" },
    ]);
    await harness.restart();
    const { id } = someProfile(20);
    const { body } = await harness.context(`mixpanel.user:${id}`);
    expect(body.match.state).toBe("resolved");
    expect(await passedOver("profiles")).toEqual({ "not an object": 2, "invalid $distinct_id": 2, "invalid $properties": 1 });
  });

  it("that is complete shows which profiles were deleted at Mixpanel", async () => {
    await open();
    const { id } = someProfile();
    expect((await harness.context(`mixpanel.user:${id}`)).body.match.state).toBe("resolved");
    world().change(() => world().mixpanel.profiles.remove(id));
    await nextPull("/api/query/engage");
    await advanceUntil(
      harness.clock,
      20,
      "the deletion",
      async () => (await harness.context(`mixpanel.user:${id}`)).body.match.state === "none",
    );
  });

  it("that ends with an empty page before its announced total deletes none, and confirms none", async () => {
    await open();
    const { id } = someProfile();
    const { coveredUntil } = (await stream("profiles")) as StreamView & { coveredUntil: string | null };
    setMissingProfiles(world(), 1);
    world().change(() => world().mixpanel.profiles.remove(id));
    await nextPull("/api/query/engage");
    await advanceUntil(harness.clock, 20, "the second page", () => pathsSince(0, "/api/query/engage").length >= 3);
    await idle(harness.clock);
    expect((await harness.context(`mixpanel.user:${id}`)).body.match.state).toBe("resolved");
    const streamAfter = (await stream("profiles")) as StreamView & { coveredUntil: string | null };
    expect(streamAfter.problem).toBeNull();
    expect(streamAfter.coveredUntil).toBe(coveredUntil);
  });

  it("that lacks most profiles deletes none, and raises an alert", async () => {
    await open();
    const { id } = someProfile();
    world().change(() => {
      for (const profile of [...world().mixpanel.profiles.values()]) world().mixpanel.profiles.remove(profile.distinct_id);
    });
    await nextPull("/api/query/engage");
    await advanceUntil(harness.clock, 20, "the alert", async () => {
      const { body } = await harness.request("/v1/alerts?state=open");
      return body.items.some((a: { kind: string }) => a.kind === "records_missing");
    });
    expect((await harness.context(`mixpanel.user:${id}`)).body.match.state).toBe("resolved");
  });
});

describe("a stored profile that is asked for by its id", () => {
  it("is gone when Mixpanel deleted it", async () => {
    await open();
    const { id } = someProfile();
    await harness.context(`mixpanel.user:${id}`);
    world().change(() => world().mixpanel.profiles.remove(id));
    harness.clock.advance(31_000);
    await harness.request(`/v1/context/${encodeURIComponent(`mixpanel.user:${id}`)}/refresh`, { method: "POST" });
    await advanceUntil(
      harness.clock,
      20,
      "the deletion",
      async () => (await harness.context(`mixpanel.user:${id}`)).body.match.state === "none",
    );
  });

  it("leads to the profile that it was merged into", async () => {
    await open();
    const [old, next] = [someProfile(0), someProfile(1)];
    world().change(() => world().mixpanel.profiles.remove(old.id));
    setAlias(world(), old.id, next.id);
    harness.clock.advance(31_000);
    await harness.request(`/v1/context/${encodeURIComponent(`mixpanel.user:${old.id}`)}/refresh`, { method: "POST" });
    const expected = (await harness.context(`mixpanel.user:${next.id}`)).body.customer!.id;
    await advanceUntil(
      harness.clock,
      20,
      "the successor",
      async () => (await harness.context(`mixpanel.user:${old.id}`)).body.customer?.id === expected,
    );
  });
});

describe("a project without permission", () => {
  it("makes only the affected stream unavailable, says why, and the server becomes ready", async () => {
    await open({ pull: false });
    harness.lab.faults.add({ platform: "mixpanel", kind: "error", rate: 1, status: 403, path: "/api/2.0/export", seed: 1 });
    await harness.restart();
    expect(await stream("usage")).toMatchObject({ state: "unavailable", problem: expect.stringMatching(/no permission/) });
    expect((await stream("profiles")).state).toBe("ok");
  });
});

describe("the life of a profile", () => {
  it("an e-mail address that is removed identifies it no longer, and an opt-out is noticed by the next list", async () => {
    await open({ pull: false });
    const put = (properties: object) =>
      world().change(() => world().mixpanel.profiles.put({ distinct_id: "lee", properties: properties as never }));
    put({ $email: "lee@leeco.example", $name: "Lee" });
    await harness.restart();
    const findProfile = async () => {
      const batch = harness.request("/v1/contexts", { method: "POST", body: { refs: ["email:lee@leeco.example"] } });
      return (await advanceUntilSettled(harness.clock, batch)).value.body.items[0].match.state;
    };
    const data = async () => (await harness.context("mixpanel.user:lee")).body;
    expect(await findProfile()).toBe("resolved");
    expect((await data()).customer?.name).toBe("Lee");
    put({ $name: "Lee", opted_out: true });
    await nextPull("/api/query/engage");
    await advanceUntil(harness.clock, 500, "the removal", async () => (await data()).customer?.email === null);
    expect(await findProfile()).toBe("none");
  });

  it("of an anonymous device counts for the user once Mixpanel reports the events under the user's id", async () => {
    await open({ pull: false });
    const time = seconds(harness.clock.now() - hour);
    const session = (id: string) => line("$session_start", { time, distinct_id: id, $insert_id: "s1" });
    world().change(() => world().mixpanel.profiles.put({ distinct_id: "uma", properties: { $email: "uma@umaco.example" } }));
    setExportTail(world(), session("$device:0f8a"));
    await harness.restart();
    expect((await usageOf("uma"))?.sessions30d ?? 0).toBe(0);
    setExportTail(world(), session("uma"));
    await nextPull("/api/2.0/export");
    await advanceUntil(harness.clock, 500, "the merge", async () => (await usageOf("uma"))?.sessions30d === 1);
  });
});
