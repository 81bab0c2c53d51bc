import type { RecordInput } from "@sidelight/model/records.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { advanceUntilSettled, idle } from "@sidelight/test-support/advance.ts";
import { type ManualClock, manualClock } from "@sidelight/test-support/manualClock.ts";
import { pino } from "pino";
import { beforeEach, describe, expect, it } from "vitest";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import { createFollowUps, type FollowUps } from "./followUpFetches.ts";

let clock: ManualClock;
let followUps: FollowUps;
let calls: string[][];
let committedRefs: string[];
let isCircuitOpen: boolean;
let failure: PlatformError | null;
let quotas: Record<string, { limit: number; remaining: number; windowMs: number }>;
/** Refs that were looked up in the store. */
let lookedUp: string[][];

const connection = {
  id: "crm",
  pausedAt: null,
  circuits: { of: () => ({ state: () => (isCircuitOpen ? "open" : "closed") }) },
  rateLimiter: { left: () => quotas },
  connector: {
    async fetch(refs: string[]) {
      calls.push(refs);
      if (failure) throw failure;
      return refs.map((ref) => ({ ref }));
    },
  },
} as unknown as Connection;

beforeEach(() => {
  clock = manualClock(0);
  [calls, committedRefs, isCircuitOpen, failure, lookedUp] = [[], [], false, null, []];
  quotas = { core: { limit: 100, remaining: 100, windowMs: 60_000 } };
  const log = {
    tenant: "acme",
    commit: async ({ records }: { records: RecordInput[] }) => void committedRefs.push(...records.map(({ ref }) => ref)),
  } as unknown as TenantLog;
  followUps = createFollowUps({
    log,
    clock,
    logger: pino({ level: "silent" }),
    readCurrent: async () => new Map(),
    async storedRefs(refs) {
      lookedUp.push([...refs]);
      return new Set(refs.filter((ref) => ref.startsWith("crm.stored:")));
    },
  });
});

const settle = () => advanceUntilSettled(clock, followUps.settled(), 50);

describe("follow-up fetches", () => {
  it("fetch the refs of webhooks that arrive together by one call, each once", async () => {
    followUps.add(connection, ["crm.account:1", "crm.account:2"]);
    followUps.add(connection, ["crm.account:2", "crm.account:3"]);
    await settle();
    expect(calls).toEqual([["crm.account:1", "crm.account:2", "crm.account:3"]]);
    expect(committedRefs).toEqual(calls[0]);
  });

  it("share a call for longer while little of the quota is left", async () => {
    quotas["core"]!.remaining = 5;
    followUps.add(connection, ["crm.account:1"]);
    for (let i = 0; i < 5; i++) {
      await idle(clock);
      clock.advance(300);
      followUps.add(connection, [`crm.account:${i + 2}`]);
    }
    await settle();
    expect(calls).toEqual([Array.from({ length: 6 }, (_, i) => `crm.account:${i + 1}`)]);
  });

  it("fetch at most a hundred refs by one call", async () => {
    followUps.add(
      connection,
      Array.from({ length: 250 }, (_, i) => `crm.account:${i}`),
    );
    await settle();
    expect(calls.map((refs) => refs.length)).toEqual([100, 100, 50]);
  });

  it("fetch only absent refs of those that may be stored, and look them up together and once", async () => {
    followUps.addAbsent(connection, ["crm.stored:1", "crm.user:1"]);
    followUps.addAbsent(connection, ["crm.stored:2"]);
    await settle();
    followUps.addAbsent(connection, ["crm.stored:1", "crm.stored:2"]);
    await settle();
    expect(calls).toEqual([["crm.user:1"]]);
    expect(lookedUp).toEqual([["crm.stored:1", "crm.user:1", "crm.stored:2"]]);
  });

  it("make no call without refs", async () => {
    followUps.add(connection, []);
    await settle();
    expect(calls).toEqual([]);
    expect(clock.sleepers).toBe(0);
  });

  it("make no call while the circuit is open", async () => {
    isCircuitOpen = true;
    followUps.add(connection, ["crm.account:1"]);
    for (let i = 0; i < 20; i++) {
      clock.advance(150);
      await idle(clock);
    }
    expect(calls).toEqual([]);
    isCircuitOpen = false;
    await settle();
    expect(committedRefs).toEqual(["crm.account:1"]);
  });

  it("go on with later refs after a failure of the platform", async () => {
    failure = new PlatformError("unavailable", "crm", "down");
    followUps.add(connection, ["crm.account:1"]);
    await settle();
    expect(committedRefs).toEqual([]);
    failure = null;
    followUps.add(connection, ["crm.account:2"]);
    await settle();
    expect(committedRefs).toEqual(["crm.account:2"]);
  });

  it("wait longer after each fault of their own loop, and end when it has worked", async () => {
    const attempts: number[] = [];
    const rateLimiter = {
      left() {
        attempts.push(clock.now());
        if (attempts.length <= 3) throw new Error("a fault");
        return quotas;
      },
    };
    followUps.add({ ...connection, rateLimiter } as unknown as Connection, ["crm.account:1"]);
    await settle();
    const waits = attempts.slice(1).map((attempt, i) => attempt - (attempts[i] ?? 0));
    expect(waits.every((wait, i) => wait >= 500 * 2 ** i && wait <= 1_050 * 2 ** i)).toBe(true);
    expect(attempts).toHaveLength(4);
    expect(committedRefs).toEqual(["crm.account:1"]);
  });

  it("look refs up one by one when the platform has no fetch", async () => {
    const lookups: unknown[] = [];
    const lookup = async (key: unknown) => {
      lookups.push(key);
      return [];
    };
    followUps.add({ ...connection, connector: { lookup } } as unknown as Connection, ["crm.account:1", "crm.lead:2"]);
    await settle();
    expect(lookups).toEqual([
      { by: "id", object: "account", id: "1" },
      { by: "id", object: "lead", id: "2" },
    ]);
  });

  it("end with the process without another call", async () => {
    followUps.add(connection, ["crm.account:1"]);
    await followUps.stop();
    followUps.add(connection, ["crm.account:2"]);
    await settle();
    expect(calls).toEqual([]);
  });
});
