import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { CallOptions, PullContext } from "@sidelight/platform-kit/platform.ts";
import { beforeEach, describe, expect, it } from "vitest";
import { MixpanelOptions } from "./options.ts";
import { createProjectDays } from "./projectDays.ts";
import { mixpanelStreams, type StreamTools } from "./streams.ts";

const dayMs = 86_400_000;
const now = Date.UTC(2026, 10, 29);

let elapsedMs: number;
let left: number;
/** Time that each export takes; null for one that runs into its timeout. */
let exportMs: number | null;
/** Days of the tenant in each export: one more is read at either end. */
let exportedDays: number[];
beforeEach(() => {
  [elapsedMs, left, exportMs, exportedDays] = [0, 1, 1_000, []];
});

async function* exportEvents(query: Record<string, string>, { onSend }: CallOptions) {
  const days = (Date.parse(query["to_date"] ?? "") - Date.parse(query["from_date"] ?? "")) / dayMs + 1;
  exportedDays.push(days - 2);
  // The wait for the quota.
  elapsedMs += 50_000;
  onSend?.();
  elapsedMs += exportMs ?? 30_000;
  if (exportMs === null) throw new PlatformError("unavailable", "mixpanel", "timeout");
  yield* [];
}

function openUsage() {
  const tools = {
    client: { exportEvents },
    options: MixpanelOptions.parse({ projectId: 1, auth: { username: "u", secret: "MP_SECRET" } }),
    connection: "mixpanel",
    timeZone: "UTC",
    now: () => now,
    monotonic: () => elapsedMs,
    quotaLeft: () => left,
    projectDays: createProjectDays({ projectZone: "UTC", now: () => now, monotonic: () => elapsedMs }),
  } as unknown as StreamTools;
  const stream = mixpanelStreams(tools).find(({ name }) => name === "usage");
  return async (horizonDays: number): Promise<number[]> => {
    exportedDays = [];
    const context = { checkpoint: null, horizon: now - horizonDays * dayMs, priority: "backfill" } as unknown as PullContext;
    for await (const _page of stream?.pull(context) ?? []);
    return exportedDays.slice(0, -1);
  };
}

describe("the days of one export", () => {
  it("are thirty while enough of the hour's queries is left, and sixty when little is", async () => {
    const pull = openUsage();
    expect(await pull(100)).toEqual([30, 30, 30]);
    left = 0.05;
    expect(await pull(100)).toEqual([60]);
  });

  it("are fewer after a timeout, down to two, and as many as before once exports are fast", async () => {
    const pull = openUsage();
    exportMs = null;
    for (const days of [30, 7, 2, 2]) {
      await pull(100).catch(() => {});
      expect(exportedDays).toEqual([days]);
    }
    exportMs = 1_000;
    expect((await pull(100)).slice(0, 6)).toEqual([2, 4, 8, 16, 30, 30]);
  });

  it("stay the same when an export takes half of its time", async () => {
    const pull = openUsage();
    exportMs = 15_000;
    expect(await pull(100)).toEqual([30, 30, 30]);
  });
});
