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
  it("is made at the first start, for the owner's eyes only, and the same ever after", async () => {
    const data = join(folder, "data");
    const first = await masterKey(data, {});
    expect((await stat(join(data, "master.key"))).mode & 0o777).toBe(0o600);
    expect((await masterKey(data, {})).equals(first)).toBe(true);
  });

  it("comes from the environment where one is given, and leaves no file", async () => {
    const given = newKey();
    const text = given.export().toString("base64");
    expect((await masterKey(join(folder, "none"), { SIDELIGHT_MASTER_KEY: text })).equals(given)).toBe(true);
    await expect(readFile(join(folder, "none", "master.key"))).rejects.toThrow("ENOENT");
  });

  it("that isn't one is refused by where it stands, and never replaced", async () => {
    await writeFile(join(folder, "master.key"), "c2hvcnQ=\n");
    await expect(masterKey(folder, {})).rejects.toThrow(/master\.key must hold 32 bytes/);
    expect(await readFile(join(folder, "master.key"), "utf8")).toBe("c2hvcnQ=\n");
    const error = await masterKey(folder, { SIDELIGHT_MASTER_KEY: "c2hvcnQ=" }).catch((e: unknown) => e);
    expect(String(error)).toMatch(/SIDELIGHT_MASTER_KEY must hold 32 bytes/);
    expect(String(error)).not.toContain("c2hvcnQ");
  });
});
