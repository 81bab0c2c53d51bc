import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadChecked } from "./checkConfig.ts";
import { type WatchedFiles, watchFiles } from "./watchedFiles.ts";

let folder: string;
let now: number;
let loads: number;
let files: WatchedFiles;
const write = (text: string, name = "sidelight.yaml") => writeFile(join(folder, name), text);
const config = (csatDays: number | string, include = "[]") =>
  `version: 1\ninclude: ${include}\ntenants: { acme: { csatDays: ${csatDays} } }\n`;
const csatDays = () => files.current().loaded.config.tenants["acme"]?.csatDays;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sidelight-watch-"));
  now = 1_000;
  loads = 0;
  await write(config(30));
  const load = () => {
    loads += 1;
    return loadChecked(join(folder, "sidelight.yaml"), null, null);
  };
  files = watchFiles(await loadChecked(join(folder, "sidelight.yaml"), null, null), load, () => now);
});
afterEach(() => rm(folder, { recursive: true }));

describe("watchFiles", () => {
  it("reads the files only when they changed or when forced", async () => {
    expect([await files.check(false), loads]).toEqual([false, 0]);
    expect([await files.check(true), loads]).toEqual([true, 1]);
    await write(config(600));
    expect([await files.check(false), loads, csatDays()]).toEqual([true, 2, 600]);
    expect([await files.check(false), loads]).toEqual([false, 2]);
  });

  it("keeps the last usable configuration and the time of the first error", async () => {
    await write(config("soon"));
    expect(await files.check(false)).toBe(true);
    expect([csatDays(), files.problem()?.startedAt]).toEqual([30, 1_000]);
    now = 2_000;
    await write(config("later"));
    await files.check(false);
    expect(files.problem()?.startedAt).toBe(1_000);
    expect(files.problem()?.issues[0]?.path).toEqual(["tenants", "acme", "csatDays"]);
    await write(config(60_0));
    await files.check(false);
    expect([csatDays(), files.problem()]).toEqual([600, null]);
  });

  it("reads again when a missing include appears", async () => {
    await write(config(30, "[extra.yaml]"));
    await files.check(false);
    expect(files.problem()?.issues[0]?.message).toContain("extra.yaml cannot be read");
    expect(await files.check(false)).toBe(false);
    await write("http: { requestsPerMinute: 5 }\n", "extra.yaml");
    expect(await files.check(false)).toBe(true);
    expect([files.problem(), files.current().loaded.config.http.requestsPerMinute]).toEqual([null, 5]);
  });
});
