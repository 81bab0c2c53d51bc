import { randomBytes } from "node:crypto";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LabBench, labBench, mixpanelOf, workbench } from "../../../../../test/support/actionBench.ts";
import { standIn } from "../../../../../test/support/standIn.ts";
import { createBackoff } from "../backoff.ts";
import { mixpanel } from "../index.ts";
import type { FailedRecord, Ingest } from "../ingest.ts";
import { setProfile } from "./profiles.ts";
import { track } from "./track.ts";

let bench: LabBench;
beforeEach(async () => {
  bench = await labBench(mixpanel, mixpanelOf);
});
afterEach(() => bench.close());

const call = { lane: "webhook", signal: new AbortController().signal } as const;
const event = (more: object = {}) => ({
  distinctId: "u_000000",
  event: "Ticket Created",
  properties: { priority: "high" },
  ...more,
});
const stored = () => [...bench.acme.world.mixpanel.events.values()];
const profileOf = (id: string) => bench.acme.world.mixpanel.profiles.get(id)?.properties;

describe("track", () => {
  it("imports an event under the effect's id and time, once", async () => {
    const at = bench.clock.now() - 90_000;
    const effect = { id: "dlv-1", at, input: event({ properties: { priority: "high", time: 5, $insert_id: "x", token: "y" } }) };
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await bench.perform("track", [effect])).toEqual([{ state: "done", ref: null, wrote: true }]);
      bench.clock.advance(60_000);
    }
    expect(stored()).toEqual([
      { event: "Ticket Created", time: at, distinct_id: "u_000000", insert_id: "dlv-1", properties: { priority: "high" } },
    ]);
    expect(bench.requests()).toEqual(["POST /import", "POST /import", "POST /import"]);
  });

  it.each(["reset", "timeout", "malformed", "error"] as const)("counts it once when the answer was lost: %s", async (kind) => {
    const effect = { id: `dlv-${kind}`, at: bench.clock.now(), input: event() };
    bench.breakWith({ kind, after: true });
    expect(await bench.perform("track", [effect])).toMatchObject([{ cause: "unavailable", isRetryable: true }]);
    bench.mend();
    expect(await bench.perform("track", [effect])).toMatchObject([{ state: "done" }]);
    expect(stored()).toHaveLength(1);
  });

  it("imports two thousand at once, and ten megabytes", async () => {
    const many = Array.from({ length: 2_000 }, (_, i) => ({ id: `many-${i}`, input: event() }));
    expect((await bench.perform("track", many)).every((o) => o.state === "done")).toBe(true);
    expect(bench.requests()).toHaveLength(1);
    const large = Array.from({ length: 12 }, (_, i) => ({
      id: `large-${i}`,
      input: event({ properties: { text: randomBytes(450_000).toString("hex") } }),
    }));
    expect((await bench.perform("track", large)).every((o) => o.state === "done")).toBe(true);
    expect(bench.requests()).toHaveLength(3);
    expect(stored()).toHaveLength(2_012);
  });

  it("tells those that strict mode refuses from the others, which are in", async () => {
    const outcomes = await bench.perform("track", [
      { id: "good-1", input: event() },
      { id: "old", at: Date.parse("2001-01-01"), input: event() },
      { id: "good-2", input: event() },
    ]);
    expect(outcomes).toMatchObject([
      { state: "done" },
      { cause: "rejected", isRetryable: false, message: "Mixpanel refuses the record for its properties.time." },
      { state: "done" },
    ]);
    expect(stored().map((e) => e.insert_id)).toEqual(["good-1", "good-2"]);
  });

  it("doesn't send what stands under a placeholder, or lies ahead", async () => {
    const ids = ["", "null", "Anonymous", " undefined ", "0", "00000000-0000-0000-0000-000000000000"];
    const outcomes = await bench.perform("track", [
      ...ids.map((distinctId) => ({ input: event({ distinctId }) })),
      { at: bench.clock.now() + 2 * 3_600_000, input: event() },
    ]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ cause: "rejected", isRetryable: false });
    expect(bench.requests()).toEqual([]);
  });

  it("waits longer each time, and from the start once it works again", async () => {
    const waits: number[] = [];
    const once = async () => {
      const now = bench.clock.now();
      const [outcome] = await bench.perform("track", [{ input: event() }]);
      if (outcome?.state === "failed") waits.push(outcome.retryAt! - now);
      return outcome;
    };
    bench.breakWith({ kind: "error", status: 503 });
    expect(await once()).toMatchObject({ cause: "unavailable", isRetryable: true });
    bench.mend();
    bench.breakWith({ kind: "error", status: 502 });
    await once();
    bench.mend();
    bench.breakWith({ kind: "rate_limit" });
    expect(await once()).toMatchObject({ cause: "rate_limited", isRetryable: true });
    // The next is held back until then.
    expect(bench.budget.left()["ingest"]).toMatchObject({ remaining: 0 });
    bench.mend();
    bench.clock.advance(waits[2]!);
    expect(await once()).toMatchObject({ state: "done" });
    bench.breakWith({ kind: "error", status: 503 });
    await once();
    for (const [i, least] of [2_000, 4_000, 8_000, 2_000].entries()) {
      expect(waits[i]).toBeGreaterThanOrEqual(least + 1_000);
      expect(waits[i]).toBeLessThanOrEqual(least + 5_000);
    }
  });

  it("is refused for credentials that aren't the project's", async () => {
    const { settings, secrets } = mixpanelOf(bench.acme);
    const own = workbench(mixpanel, settings, { ...secrets, token: "another" }, bench.clock);
    expect(await own.perform("track", [{ input: event() }])).toMatchObject([{ cause: "invalid_credentials" }]);
    await own.close();
  });

  it("does without the project's token where the service account may import", async () => {
    const { settings, secrets } = mixpanelOf(bench.acme);
    const own = workbench(mixpanel, { ...settings, token: undefined }, secrets, bench.clock);
    expect(await own.perform("track", [{ input: event() }])).toMatchObject([{ state: "done" }]);
    expect(await own.perform("set-profile", [{ input: { distinctId: "u_000000", set: { plan: "growth" } } }])).toMatchObject([
      { cause: "misconfigured", isRetryable: false },
    ]);
    await own.close();
  });

  it("is zipped, and signed in to by the token alone", async () => {
    const server = await standIn(() => ({ status: 200, body: { code: 200, num_records_imported: 1, status: "OK" } }));
    const { settings } = mixpanelOf(bench.acme);
    const own = workbench(mixpanel, { ...settings, ingestUrl: server.url }, { token: "t", mixpanel: "s" });
    await own.perform("track", [{ input: event() }]);
    const [{ url, headers }] = server.requests as [(typeof server.requests)[0]];
    expect(url).toBe("/import?strict=1");
    expect(headers).toMatchObject({ "content-encoding": "gzip", authorization: `Basic ${Buffer.from("t:").toString("base64")}` });
    await own.close();
    await server.close();
  });

  it.each(["insert_id", "$insert_id"])("knows a refused event by its %s", async (key) => {
    const body = { code: 400, failed_records: [{ index: 0, [key]: "second", field: "Ada <ada@acme.com>" }] };
    const server = await standIn(() => ({ status: 400, body }));
    const own = workbench(mixpanel, { ...mixpanelOf(bench.acme).settings, ingestUrl: server.url }, { token: "t", mixpanel: "s" });
    const outcomes = await own.perform("track", [
      { id: "first", input: event() },
      { id: "second", input: event() },
    ]);
    expect(outcomes).toMatchObject([{ state: "done" }, { cause: "rejected", message: "Mixpanel refuses the record." }]);
    await own.close();
    await server.close();
  });

  it("sends less at once where it was too much", async () => {
    const sizes: number[] = [];
    const tooLarge = new PlatformError("rejected", "mixpanel", "Too much.", { status: 413 });
    const ingest = ingestOf({
      async importEvents(events) {
        sizes.push(events.length);
        if (events.length > 2 || events.some((one) => one.includes("huge"))) throw tooLarge;
        return [];
      },
    });
    const effects = ["a", "huge", "c", "d", "e"].map((id) => ({ id, at: 0, input: event() }));
    const outcomes = await track(ingest, bench.clock).perform(effects, call);
    expect(outcomes.map((o) => o.state)).toEqual(["done", "failed", "done", "done", "done"]);
    expect(outcomes[1]).toMatchObject({ cause: "rejected", isRetryable: false });
    expect(sizes).toEqual([5, 3, 2, 1, 1, 1, 2]);
  });
});

const ingestOf = (more: Partial<Ingest>): Ingest => ({
  importEvents: async () => [],
  update: async () => [],
  token: async () => "t",
  ...more,
});

describe("set-profile", () => {
  const set = (distinctId: string, values: object) => ({ input: { distinctId, set: values } });

  it("sets properties by one call, and moves nobody", async () => {
    const outcomes = await bench.perform("set-profile", [
      set("made-1", { plan: "starter", arr: 5, teams: ["a"] }),
      set("made-2", { plan: "growth" }),
      set("made-1", { plan: "growth" }),
      set("null", { plan: "growth" }),
    ]);
    expect(outcomes).toMatchObject([
      { state: "done", ref: "mixpanel.user:made-1", wrote: true },
      { state: "done", ref: "mixpanel.user:made-2" },
      { state: "done", ref: "mixpanel.user:made-1" },
      { cause: "rejected", isRetryable: false },
    ]);
    expect(profileOf("made-1")).toEqual({ plan: "growth", arr: 5, teams: ["a"] });
    expect(profileOf("made-2")).toEqual({ plan: "growth" });
    expect(bench.requests()).toEqual(["POST /engage"]);
  });

  it("changes nothing the second time", async () => {
    const effect = { id: "dlv-set", ...set("made-1", { plan: "growth" }) };
    bench.breakWith({ kind: "reset", after: true });
    expect(await bench.perform("set-profile", [effect])).toMatchObject([{ cause: "unavailable", isRetryable: true }]);
    bench.mend();
    expect(await bench.perform("set-profile", [effect])).toMatchObject([{ state: "done" }]);
    expect(profileOf("made-1")).toEqual({ plan: "growth" });
  });

  it("takes two thousand at once", async () => {
    const many = Array.from({ length: 2_000 }, (_, i) => set(`made-${i}`, { n: i }));
    expect((await bench.perform("set-profile", many)).every((o) => o.state === "done")).toBe(true);
    expect(bench.requests()).toHaveLength(1);
  });

  it.each([
    ["which of them is said", [{ index: 1, insertId: null, field: "$set" }]],
    ["nothing is said", null],
  ])("finds the one that isn't taken: %s", async (_, failed) => {
    const batches: number[] = [];
    const bad = (update: object) => JSON.stringify(update).includes("bad");
    const ingest = ingestOf({
      async update(_path, updates): Promise<FailedRecord[] | null> {
        batches.push(updates.length);
        return updates.some(bad) ? failed : [];
      },
    });
    const effects = ["a", "bad", "c"].map((id) => ({ id, at: 0, input: { distinctId: id, set: { x: 1 } } }));
    expect((await setProfile(ingest).perform(effects, call)).map((o) => o.state)).toEqual(["done", "failed", "done"]);
    expect(batches).toEqual(failed === null ? [3, 2, 1, 1, 1] : [3]);
  });

  it.each([
    ["0", [{ cause: "rejected", isRetryable: false }]],
    ["1", [{ state: "done" }]],
    [{ status: 0, error: "nope" }, [{ cause: "rejected" }]],
    [{ status: 1, error: null }, [{ state: "done" }]],
    ["<html>", [{ cause: "unavailable", isRetryable: true }]],
  ])("reads the answer, whatever its status: %o", async (body, expected) => {
    const server = await standIn(() => ({ status: 200, body }));
    const own = workbench(mixpanel, { ...mixpanelOf(bench.acme).settings, ingestUrl: server.url }, { token: "t", mixpanel: "s" });
    expect(await own.perform("set-profile", [set("a", { x: 1 })])).toMatchObject(expected);
    expect(server.requests[0]!.url).toBe("/engage?ip=0&strict=1");
    expect(JSON.parse(server.requests[0]!.body)).toEqual([{ $token: "t", $distinct_id: "a", $set: { x: 1 } }]);
    await own.close();
    await server.close();
  });
});

describe("set-profiles", () => {
  const set = (...distinctIds: string[]) => ({ input: { distinctIds, set: { plan: "growth" } } });

  it("sets the same of everybody by one call", async () => {
    expect(await bench.perform("set-profiles", [set("made-1", "made-2")])).toEqual([{ state: "done", ref: null, wrote: true }]);
    expect([profileOf("made-1"), profileOf("made-2")]).toEqual([{ plan: "growth" }, { plan: "growth" }]);
    expect(bench.requests()).toEqual(["POST /engage"]);
  });

  it("tells of one that isn't taken, and sets the others", async () => {
    expect(await bench.perform("set-profiles", [set("made-1", "null")])).toMatchObject([
      { cause: "rejected", isRetryable: false },
    ]);
    expect(profileOf("made-1")).toEqual({ plan: "growth" });
  });

  it("changes nothing the second time", async () => {
    bench.breakWith({ kind: "reset", after: true });
    const effect = { id: "dlv-all", ...set("made-1") };
    expect(await bench.perform("set-profiles", [effect])).toMatchObject([{ cause: "unavailable", isRetryable: true }]);
    bench.mend();
    expect(await bench.perform("set-profiles", [effect])).toMatchObject([{ state: "done" }]);
    expect(profileOf("made-1")).toEqual({ plan: "growth" });
  });
});

describe("set-group", () => {
  it("sets properties of a company", async () => {
    const set = (values: object) => ({ input: { groupKey: "company_id", groupId: "g1", set: values } });
    expect(await bench.perform("set-group", [set({ plan: "growth", arr: 1 }), set({ arr: 2 })])).toEqual([
      { state: "done", ref: null, wrote: true },
      { state: "done", ref: null, wrote: true },
    ]);
    expect(bench.acme.world.mixpanel.groups.get("company_id:g1")!.properties).toEqual({ plan: "growth", arr: 2 });
    expect(bench.requests()).toEqual(["POST /groups"]);
  });
});

it("waits a minute and some seconds at most", () => {
  const backoff = createBackoff(
    () => 0,
    () => 1,
  );
  expect(Array.from({ length: 8 }, () => backoff.next() - 5_000)).toEqual([2, 4, 8, 16, 32, 60, 60, 60].map((s) => s * 1_000));
  backoff.reset();
  expect(backoff.next()).toBe(7_000);
});
