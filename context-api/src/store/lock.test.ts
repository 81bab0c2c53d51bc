import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockStore, StoreInUseError } from "./lock.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sidelight-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("lockStore", () => {
  it("refuses a locked folder until the lock is released", async () => {
    const lock = await lockStore(folder);
    await expect(lockStore(folder, 0)).rejects.toBeInstanceOf(StoreInUseError);
    lock.release();
    (await lockStore(folder, 0)).release();
  });

  it("creates the folder, and locks other folders independently", async () => {
    const locks = await Promise.all([lockStore(join(folder, "a", "b"), 0), lockStore(join(folder, "c"), 0)]);
    for (const lock of locks) lock.release();
  });
});
