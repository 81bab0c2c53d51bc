import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { createHostState, type HostState } from "../../../telemetry/hostState.ts";
import { diskLow } from "./diskLow.ts";
import { memoryHigh } from "./memoryHigh.ts";
import type { AlertSource } from "./rule.ts";

const gigabyte = 1024 ** 3;
const sourceOf = (host: Partial<HostState>, rules: object = {}) =>
  ({ served: { tenant: { config: { alerts: { rules } } } }, host, now: 1_000 }) as unknown as AlertSource;
const withDisk = (free: number, total: number, rules: object = {}) => sourceOf({ disk: async () => ({ free, total }) }, rules);

describe("a disk that is nearly full", () => {
  it("is a warning below 2 GB and a tenth, and critical when hardly anything is left", async () => {
    expect(await diskLow.find(withDisk(3 * gigabyte, 100 * gigabyte))).toEqual([]);
    expect(await diskLow.find(withDisk(1.5 * gigabyte, 10 * gigabyte))).toEqual([]);
    expect(await diskLow.find(withDisk(1.5 * gigabyte, 100 * gigabyte))).toMatchObject([
      { severity: "warning", cause: "1.5 GB of 100 GB are free." },
    ]);
    expect(await diskLow.find(withDisk(0.2 * gigabyte, 100 * gigabyte))).toMatchObject([{ severity: "critical" }]);
  });

  it("has thresholds, and is no alert where it cannot be read", async () => {
    const rules = { disk_low: { freePercent: 50, freeMegabytes: 100_000 } };
    expect(await diskLow.find(withDisk(40 * gigabyte, 100 * gigabyte, rules))).toHaveLength(1);
    expect(await diskLow.find(sourceOf({ disk: async () => null }))).toEqual([]);
  });

  it("is measured on the file system of the data folder", async () => {
    const disk = await createHostState(process.cwd()).disk();
    const [, kilobytes] = execFileSync("df", ["-Pk", process.cwd()], { encoding: "utf8" }).split("\n")[1]!.split(/\s+/);
    expect(Math.abs(disk!.total / 1024 - Number(kilobytes)) / Number(kilobytes)).toBeLessThan(0.05);
    expect(disk!.free).toBeGreaterThan(0);
    expect(await createHostState("/nonexistent").disk()).toBeNull();
  });
});

describe("memory that is nearly used up", () => {
  const withMemory = (usage: number, rules: object = {}) =>
    sourceOf({ memory: () => ({ used: usage, limit: gigabyte, kind: "process" as const }) }, rules);

  it("is a warning from 90 %, in steps, so that the alert does not change all the time", async () => {
    expect(await memoryHigh.find(withMemory(0.89 * gigabyte))).toEqual([]);
    const [first] = await memoryHigh.find(withMemory(0.91 * gigabyte));
    expect(first).toMatchObject({ severity: "warning", cause: "It uses 90 % of its memory of 1024 MB." });
    expect(await memoryHigh.find(withMemory(0.94 * gigabyte))).toEqual([first]);
    expect(await memoryHigh.find(withMemory(0.8 * gigabyte, { memory_high: { usedPercent: 75 } }))).toHaveLength(1);
  });

  it("is that of this process", () => {
    const { used, limit } = createHostState("/").memory();
    expect(used).toBeGreaterThan(1_000_000);
    expect(used).toBeLessThan(limit);
  });
});
