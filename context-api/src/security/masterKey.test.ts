import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { masterKey } from "./masterKey.ts";
import { newKey } from "./seal.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sidelight-master-key-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("the master key", () => {
  it("is created at the first start with mode 0600 and reused afterwards", async () => {
    const data = join(folder, "data");
    const first = await masterKey(data, {});
    expect((await stat(join(data, "master.key"))).mode & 0o777).toBe(0o600);
    expect((await masterKey(data, {})).equals(first)).toBe(true);
  });

  it("is read from the environment variable, and then writes no file", async () => {
    const key = newKey();
    const text = key.export().toString("base64");
    expect((await masterKey(join(folder, "none"), { SIDELIGHT_MASTER_KEY: text })).equals(key)).toBe(true);
    await expect(readFile(join(folder, "none", "master.key"))).rejects.toThrow("ENOENT");
  });

  it("is refused with its source and never replaced when it is not a key", async () => {
    await writeFile(join(folder, "master.key"), "c2hvcnQ=\n");
    await expect(masterKey(folder, {})).rejects.toThrow(/master\.key must contain 32 bytes/);
    expect(await readFile(join(folder, "master.key"), "utf8")).toBe("c2hvcnQ=\n");
    const error = await masterKey(folder, { SIDELIGHT_MASTER_KEY: "c2hvcnQ=" }).catch((e: unknown) => e);
    expect(String(error)).toMatch(/SIDELIGHT_MASTER_KEY must contain 32 bytes/);
    expect(String(error)).not.toContain("c2hvcnQ");
  });
});
