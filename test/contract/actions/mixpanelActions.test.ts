import { randomBytes } from "node:crypto";
import { setProfile } from "@sidelight/mixpanel/actions/profiles.ts";
import { track } from "@sidelight/mixpanel/actions/track.ts";
import { createBackoff } from "@sidelight/mixpanel/backoff.ts";
import { mixpanel } from "@sidelight/mixpanel/index.ts";
import type { FailedRecord, Ingest } from "@sidelight/mixpanel/ingest.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { standIn } from "@sidelight/test-support/standIn.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LabActionBench, mixpanelSettings, openActionBench, openLabActionBench } from "../../harness/actionBench.ts";

let bench: LabActionBench;
beforeEach(async () => {
  bench = await openLabActionBench(mixpanel, mixpanelSettings);
});
afterEach(() => bench.close());

/** The mapping matters only for the comparison with incoming changes. */
const mapping = {} as Parameters<typeof setProfile>[1];
const call = { priority: "webhook", signal: new AbortController().signal } as const;
const event = (overrides: object = {}) => ({
  distinctId: "u_000000",
  event: "Ticket Created",
  properties: { priority: "high" },
  ...overrides,
});
const importedEvents = () => [...bench.acme.world.mixpanel.events.values()];
const profileOf = (id: string) => bench.acme.world.mixpanel.profiles.get(id)?.properties;

describe("track", () => {
  it("imports an event once, with the effect's id and time", async () => {
    const timestamp = bench.clock.now() - 90_000;
    const effect = {
      id: "dlv-1",
      at: timestamp,
      input: event({ properties: { priority: "high", time: 5, $insert_id: "x", token: "y" } }),
    };
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await bench.perform("track", [effect])).toEqual([{ state: "done", ref: null, hasWritten: true }]);
      bench.clock.advance(60_000);
    }
    expect(importedEvents()).toEqual([
      {
        event: "Ticket Created",
        time: timestamp,
        distinct_id: "u_000000",
        insert_id: "dlv-1",
        properties: { priority: "high", mp_lib: "sidelight" },
      },
    ]);
    expect(bench.requests()).toEqual(["POST /import", "POST /import", "POST /import"]);
  });

  it.each(["reset", "timeout", "malformed", "error"] as const)("imports it once when the response was lost: %s", async (kind) => {
    const effect = { id: `dlv-${kind}`, at: bench.clock.now(), input: event() };
    bench.addFault({ kind, processed: true });
    expect(await bench.perform("track", [effect])).toMatchObject([{ cause: "unavailable", isRetryable: true }]);
    bench.clearFaults();
    expect(await bench.perform("track", [effect])).toMatchObject([{ state: "done" }]);
    expect(importedEvents()).toHaveLength(1);
  });

  it("imports 2,000 events and 10 MB per request", async () => {
    const effects = Array.from({ length: 2_000 }, (_, i) => ({ id: `many-${i}`, input: event() }));
    expect((await bench.perform("track", effects)).every((o) => o.state === "done")).toBe(true);
    expect(bench.requests()).toHaveLength(1);
    const large = Array.from({ length: 12 }, (_, i) => ({
      id: `large-${i}`,
      input: event({ properties: { text: randomBytes(450_000).toString("hex") } }),
    }));
    expect((await bench.perform("track", large)).every((o) => o.state === "done")).toBe(true);
    expect(bench.requests()).toHaveLength(3);
    expect(importedEvents()).toHaveLength(2_012);
  });

  it("returns rejected for events that strict mode refuses; the others are imported", async () => {
    const outcomes = await bench.perform("track", [
      { id: "good-1", input: event() },
      { id: "old", at: Date.parse("2001-01-01"), input: event() },
      { id: "good-2", input: event() },
    ]);
    expect(outcomes).toMatchObject([
      { state: "done" },
      { cause: "rejected", isRetryable: false, message: "Mixpanel refused the record because of properties.time." },
      { state: "done" },
    ]);
    expect(importedEvents().map((e) => e.insert_id)).toEqual(["good-1", "good-2"]);
  });

  it("does not send events with a placeholder id or a future time", async () => {
    const ids = ["", "null", "Anonymous", " undefined ", "0", "00000000-0000-0000-0000-000000000000"];
    const outcomes = await bench.perform("track", [
      ...ids.map((distinctId) => ({ input: event({ distinctId }) })),
      { at: bench.clock.now() + 2 * 3_600_000, input: event() },
    ]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ cause: "rejected", isRetryable: false });
    expect(bench.requests()).toEqual([]);
  });

  it("increases the delay with each failure and resets it after a success", async () => {
    const waits: number[] = [];
    const trackOnce = async () => {
      const now = bench.clock.now();
      const [outcome] = await bench.perform("track", [{ input: event() }]);
      if (outcome?.state === "failed") waits.push(outcome.retryAt! - now);
      return outcome;
    };
    bench.addFault({ kind: "error", status: 503 });
    expect(await trackOnce()).toMatchObject({ cause: "unavailable", isRetryable: true });
    bench.clearFaults();
    bench.addFault({ kind: "error", status: 502 });
    await trackOnce();
    bench.clearFaults();
    bench.addFault({ kind: "rate_limit" });
    expect(await trackOnce()).toMatchObject({ cause: "rate_limited", isRetryable: true });
    // The next request waits until then.
    expect(bench.rateLimiter.left()["ingest"]).toMatchObject({ remaining: 0 });
    bench.clearFaults();
    bench.clock.advance(waits[2]!);
    expect(await trackOnce()).toMatchObject({ state: "done" });
    bench.addFault({ kind: "error", status: 503 });
    await trackOnce();
    for (const [i, baseMs] of [2_000, 4_000, 8_000, 2_000].entries()) {
      expect(waits[i]).toBeGreaterThanOrEqual(baseMs + 1_000);
      expect(waits[i]).toBeLessThanOrEqual(baseMs + 5_000);
    }
  });

  it("returns invalid_credentials for another project's token", async () => {
    const { settings, secrets } = mixpanelSettings(bench.acme);
    const otherBench = openActionBench(mixpanel, settings, { ...secrets, token: "another" }, bench.clock);
    expect(await otherBench.perform("track", [{ input: event() }])).toMatchObject([{ cause: "invalid_credentials" }]);
    await otherBench.close();
  });

  it("imports without a project token with a service account", async () => {
    const { settings, secrets } = mixpanelSettings(bench.acme);
    const otherBench = openActionBench(mixpanel, { ...settings, token: undefined }, secrets, bench.clock);
    expect(await otherBench.perform("track", [{ input: event() }])).toMatchObject([{ state: "done" }]);
    expect(
      await otherBench.perform("set-profile", [{ input: { distinctId: "u_000000", set: { plan: "growth" } } }]),
    ).toMatchObject([{ cause: "misconfigured", isRetryable: false }]);
    await otherBench.close();
  });

  it("compresses the body and authenticates with the token", async () => {
    const server = await standIn(() => ({ status: 200, body: { code: 200, num_records_imported: 1, status: "OK" } }));
    const { settings } = mixpanelSettings(bench.acme);
    const otherBench = openActionBench(mixpanel, { ...settings, ingestUrl: server.url }, { token: "t", mixpanel: "s" });
    await otherBench.perform("track", [{ input: event() }]);
    const [{ url, headers }] = server.requests as [(typeof server.requests)[0]];
    expect(url).toBe("/import?strict=1");
    expect(headers).toMatchObject({ "content-encoding": "gzip", authorization: `Basic ${Buffer.from("t:").toString("base64")}` });
    await otherBench.close();
    await server.close();
  });

  it.each(["insert_id", "$insert_id"])("finds the refused event by its %s", async (key) => {
    const body = { code: 400, failed_records: [{ index: 0, [key]: "second", field: "Ada <ada@acme.com>" }] };
    const server = await standIn(() => ({ status: 400, body }));
    const otherBench = openActionBench(
      mixpanel,
      { ...mixpanelSettings(bench.acme).settings, ingestUrl: server.url },
      { token: "t", mixpanel: "s" },
    );
    const outcomes = await otherBench.perform("track", [
      { id: "first", input: event() },
      { id: "second", input: event() },
    ]);
    expect(outcomes).toMatchObject([{ state: "done" }, { cause: "rejected", message: "Mixpanel refused the record." }]);
    await otherBench.close();
    await server.close();
  });

  it("splits a batch that is too large", async () => {
    const sizes: number[] = [];
    const tooLarge = new PlatformError("rejected", "mixpanel", "Too large.", { status: 413 });
    const ingest = ingestWith({
      async importEvents(events) {
        sizes.push(events.length);
        if (events.length > 2 || events.some((event) => event.includes("huge"))) throw tooLarge;
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

const ingestWith = (overrides: Partial<Ingest>): Ingest => ({
  importEvents: async () => [],
  update: async () => [],
  token: async () => "t",
  ...overrides,
});

describe("set-profile", () => {
  const set = (distinctId: string, values: object) => ({ input: { distinctId, set: values } });

  it("is no visit of the user: the profile's last visit stays", async () => {
    const { profiles } = bench.acme.world.mixpanel;
    const [profileWithVisit] = [...profiles.values()].filter(({ properties }) => properties["$last_seen"] !== undefined);
    await bench.perform("set-profile", [
      { id: "visit", input: { distinctId: profileWithVisit!.distinct_id, set: { plan: "gold" } } },
    ]);
    expect(profileOf(profileWithVisit!.distinct_id)).toMatchObject({
      plan: "gold",
      $last_seen: profileWithVisit!.properties["$last_seen"],
    });
    await bench.perform("set-profile", [{ id: "new", input: { distinctId: "never-seen", set: { plan: "gold" } } }]);
    expect(profileOf("never-seen")).not.toHaveProperty("$last_seen");
  });

  it("stores the address in its canonical form, and other texts as they are", async () => {
    await bench.perform("set-profile", [set("made-1", { $email: " Ann@Made.EXAMPLE ", invited_by: "Bob@Made.EXAMPLE" })]);
    expect(profileOf("made-1")).toEqual({ $email: "ann@made.example", invited_by: "Bob@Made.EXAMPLE" });
  });

  it("sets properties with one call and does not set the location", async () => {
    const outcomes = await bench.perform("set-profile", [
      set("made-1", { plan: "starter", arr: 5, teams: ["a"] }),
      set("made-2", { plan: "growth" }),
      set("made-1", { plan: "growth" }),
      set("null", { plan: "growth" }),
    ]);
    expect(outcomes).toMatchObject([
      { state: "done", ref: "mixpanel.user:made-1", hasWritten: true },
      { state: "done", ref: "mixpanel.user:made-2" },
      { state: "done", ref: "mixpanel.user:made-1" },
      { cause: "rejected", isRetryable: false },
    ]);
    expect(profileOf("made-1")).toEqual({ plan: "growth", arr: 5, teams: ["a"] });
    expect(profileOf("made-2")).toEqual({ plan: "growth" });
    expect(bench.requests()).toEqual(["POST /engage"]);
  });

  it("changes nothing when repeated", async () => {
    const effect = { id: "dlv-set", ...set("made-1", { plan: "growth" }) };
    bench.addFault({ kind: "reset", processed: true });
    expect(await bench.perform("set-profile", [effect])).toMatchObject([{ cause: "unavailable", isRetryable: true }]);
    bench.clearFaults();
    expect(await bench.perform("set-profile", [effect])).toMatchObject([{ state: "done" }]);
    expect(profileOf("made-1")).toEqual({ plan: "growth" });
  });

  it("sets 2,000 profiles with one call", async () => {
    const effects = Array.from({ length: 2_000 }, (_, i) => set(`made-${i}`, { n: i }));
    expect((await bench.perform("set-profile", effects)).every((o) => o.state === "done")).toBe(true);
    expect(bench.requests()).toHaveLength(1);
  });

  it.each([
    ["the response names it", [{ index: 1, insertId: null, field: "$set" }]],
    ["the response does not name it", null],
  ])("finds the refused update: %s", async (_, refusal) => {
    const batches: number[] = [];
    const bad = (update: object) => JSON.stringify(update).includes("bad");
    const ingest = ingestWith({
      async update(_path, updates): Promise<FailedRecord[] | null> {
        batches.push(updates.length);
        return updates.some(bad) ? refusal : [];
      },
    });
    const effects = ["a", "bad", "c"].map((id) => ({ id, at: 0, input: { distinctId: id, set: { x: 1 } } }));
    expect((await setProfile(ingest, mapping).perform(effects, call)).map((o) => o.state)).toEqual(["done", "failed", "done"]);
    expect(batches).toEqual(refusal === null ? [3, 2, 1, 1, 1] : [3]);
  });

  it.each([
    ["0", [{ cause: "rejected", isRetryable: false }]],
    ["1", [{ state: "done" }]],
    [{ status: 0, error: "nope" }, [{ cause: "rejected" }]],
    [{ status: 1, error: null }, [{ state: "done" }]],
    ["<html>", [{ cause: "unavailable", isRetryable: true }]],
  ])("reads the body of a response with status 200: %o", async (body, expected) => {
    const server = await standIn(() => ({ status: 200, body }));
    const otherBench = openActionBench(
      mixpanel,
      { ...mixpanelSettings(bench.acme).settings, ingestUrl: server.url },
      { token: "t", mixpanel: "s" },
    );
    expect(await otherBench.perform("set-profile", [set("a", { x: 1 })])).toMatchObject(expected);
    expect(server.requests[0]!.url).toBe("/engage?ip=0&strict=1");
    expect(JSON.parse(server.requests[0]!.body)).toEqual([
      { $token: "t", $distinct_id: "a", $ignore_time: true, $set: { x: 1 } },
    ]);
    await otherBench.close();
    await server.close();
  });
});

describe("set-profiles", () => {
  const set = (...distinctIds: string[]) => ({ input: { distinctIds, set: { plan: "growth" } } });

  it("sets the same properties of several people with one call", async () => {
    expect(await bench.perform("set-profiles", [set("made-1", "made-2")])).toEqual([
      { state: "done", ref: null, hasWritten: true },
    ]);
    expect([profileOf("made-1"), profileOf("made-2")]).toEqual([{ plan: "growth" }, { plan: "growth" }]);
    expect(bench.requests()).toEqual(["POST /engage"]);
  });

  it("returns rejected when one profile is refused, and sets the others", async () => {
    expect(await bench.perform("set-profiles", [set("made-1", "null")])).toMatchObject([
      { cause: "rejected", isRetryable: false },
    ]);
    expect(profileOf("made-1")).toEqual({ plan: "growth" });
  });

  it("changes nothing when repeated", async () => {
    bench.addFault({ kind: "reset", processed: true });
    const effect = { id: "dlv-all", ...set("made-1") };
    expect(await bench.perform("set-profiles", [effect])).toMatchObject([{ cause: "unavailable", isRetryable: true }]);
    bench.clearFaults();
    expect(await bench.perform("set-profiles", [effect])).toMatchObject([{ state: "done" }]);
    expect(profileOf("made-1")).toEqual({ plan: "growth" });
  });
});

describe("set-group", () => {
  it("sets properties of a group", async () => {
    const set = (values: object) => ({ input: { groupKey: "company_id", groupId: "g1", set: values } });
    expect(await bench.perform("set-group", [set({ plan: "growth", arr: 1 }), set({ arr: 2 })])).toEqual([
      { state: "done", ref: null, hasWritten: true },
      { state: "done", ref: null, hasWritten: true },
    ]);
    expect(bench.acme.world.mixpanel.groups.get("company_id:g1")!.properties).toEqual({ plan: "growth", arr: 2 });
    expect(bench.requests()).toEqual(["POST /groups"]);
  });
});

it("limits the delay to 60 s plus jitter", () => {
  const backoff = createBackoff(() => 1);
  expect(Array.from({ length: 8 }, () => backoff.next() - 5_000)).toEqual([2, 4, 8, 16, 32, 60, 60, 60].map((s) => s * 1_000));
  backoff.reset();
  expect(backoff.next()).toBe(7_000);
});
