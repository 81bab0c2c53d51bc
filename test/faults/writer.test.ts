import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqlite } from "@sidelight/context-api/store/sqlite.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createServeFolder, type ServeFolder, type Serving } from "../harness/serveProcess.ts";

// A real process with real faults: a lock of another process, a full disk, a disk that reports errors.
let folder: ServeFolder;
let serving: Serving | null = null;
const cleanUps: (() => void)[] = [];
afterEach(async () => {
  await serving?.server.stop();
  serving = null;
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
  folder.remove();
});

const statusOf = async (path: string): Promise<number> => (await fetch(`${serving!.url}${path}`)).status;
const faultLines = () => serving!.log().filter((line) => String(line["msg"]).startsWith("The store cannot be written"));

/** Waits until a webhook is refused, and checks how. @returns the ids of those that were accepted before */
async function untilRefused(code: string): Promise<void> {
  await until(`readiness to report ${code}`, async () => {
    const response = await fetch(`${serving!.url}/readyz`);
    return response.status === 503 && (await response.text()).includes(code);
  });
  const refusal = await serving!.webhook();
  expect(refusal.status).toBe(503);
  expect(Number(refusal.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(Number(refusal.headers.get("retry-after"))).toBeLessThan(60);
  expect(await statusOf("/healthz")).toBe(200);
  expect(await statusOf("/v1/context/zendesk.ticket:1")).toBe(401);
}

async function untilAccepted(id: string): Promise<{ accepted: number; duplicates: number }> {
  await until("webhooks to be accepted", async () => (await serving!.webhook(id)).ok);
  const repetition = await serving!.webhook(id);
  return (await repetition.json()) as { accepted: number; duplicates: number };
}

describe("a store that another process locks for some seconds", () => {
  it("refuses webhooks meanwhile, and accepts them when the lock has ended", async () => {
    folder = createServeFolder();
    serving = await folder.start();
    const first = await serving.webhook();
    expect(first.status).toBe(200);
    const { raw: lock } = openSqlite(join(folder.data, "sidelight.sqlite"), "rewrite");
    lock.exec("begin immediate");
    cleanUps.push(() => lock.close());
    const pendingWebhook = serving.webhook();
    await untilRefused("store_locked");
    expect((await pendingWebhook).status).toBe(503);
    lock.exec("rollback");
    expect(await untilAccepted("after-the-lock")).toMatchObject({ accepted: 0, duplicates: 1 });
    await until("readiness", async () => (await fetch(`${serving!.url}/readyz`)).status !== 503 || !(await storeCauses()).length);
    expect(faultLines()).toMatchObject([{ fault: "locked", err: { code: "store_lost", cause: { code: "SQLITE_BUSY" } } }]);
    expect(serving.log().filter((line) => line["msg"] === "the store can be written again")).toHaveLength(1);
    expect(serving.log().filter((line) => String(line["msg"]).includes("a webhook could not be stored"))).toEqual([]);
  });
});

async function storeCauses(): Promise<string[]> {
  const { errors = [] } = (await (await fetch(`${serving!.url}/readyz`)).json()) as { errors?: { pointer: string }[] };
  return errors.map(({ pointer }) => pointer).filter((pointer) => pointer.startsWith("/store"));
}

/** A disk of its own needs rights of the system. */
const smallDisk = mountSmallDisk();
function mountSmallDisk(): string | null {
  const path = mkdtempSync(join(tmpdir(), "sidelight-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=12m", "tmpfs", path], { stdio: "ignore" });
    return path;
  } catch {
    rmSync(path, { recursive: true });
    return null;
  }
}

// Also when this run leaves the test out.
afterAll(() => {
  if (smallDisk === null) return;
  execFileSync("umount", ["-l", smallDisk]);
  rmSync(smallDisk, { recursive: true });
});

describe("a disk that is full", () => {
  it.skipIf(smallDisk === null)("is no loss: webhooks are refused, and accepted when there is space again", async () => {
    const disk = smallDisk!;
    folder = createServeFolder({ data: join(disk, "data") });
    serving = await folder.start();
    const acknowledgedIds: string[] = [];
    const send = async (id: string): Promise<boolean> => {
      const response = await serving!.webhook(id);
      if (response.ok) acknowledgedIds.push(id);
      return response.ok;
    };
    for (let i = 0; i < 20; i++) await send(`before-${i}`);
    fillDisk(join(disk, "filler"));
    // The write-ahead log has free pages that it uses first.
    for (let i = 0; await send(`during-${i}`); i++) expect(i).toBeLessThan(5_000);
    await untilRefused("store_disk_full");
    rmSync(join(disk, "filler"));
    expect(await untilAccepted("space-again")).toMatchObject({ accepted: 0, duplicates: 1 });
    acknowledgedIds.push("space-again");
    for (const id of acknowledgedIds.slice(-30))
      expect(await (await serving.webhook(id)).json(), id).toMatchObject({ duplicates: 1 });
    expect(faultLines()[0]).toMatchObject({ fault: "disk_full" });
  });
});

function fillDisk(file: string): void {
  for (let bytes = 64 * 1024 * 1024; bytes >= 512; bytes /= 2) {
    try {
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      writeFileSync(file, Buffer.alloc(bytes), { flag: "a" });
      if (size === 0) bytes *= 2;
    } catch {
      // Less fits.
    }
  }
}

const hasPrlimit = process.platform === "linux" && hasCommand("prlimit");
function hasCommand(command: string): boolean {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("a disk that reports errors", () => {
  it.skipIf(!hasPrlimit)("is reported, and the writer opens the store again when the errors end", async () => {
    folder = createServeFolder();
    const first = await folder.start();
    await first.server.stop();
    const limit = statSync(join(folder.data, "sidelight.sqlite")).size + 512 * 1024;
    // The system refuses every write of the process behind this size of a file, until the limit is raised.
    serving = await folder.start({ shell: `trap '' XFSZ` });
    const { pid } = serving.server.child;
    const setLimit = (bytes: number | "unlimited") => execFileSync("prlimit", [`--pid=${pid}`, `--fsize=${bytes}:`]);
    setLimit(limit);
    let count = 0;
    while ((await serving.webhook(`first-${count}`)).ok) expect(++count).toBeLessThan(5_000);
    await untilRefused("store_");
    setLimit("unlimited");
    expect(await untilAccepted("errors-ended")).toMatchObject({ accepted: 0, duplicates: 1 });
    for (let i = Math.max(0, count - 20); i < count; i++)
      expect(await (await serving.webhook(`first-${i}`)).json()).toMatchObject({ duplicates: 1 });
  });
});

describe("a store file that disappears while it is in use", () => {
  it("ends the process with exit code 3, because what it writes would be lost", async () => {
    folder = createServeFolder();
    serving = await folder.start();
    rmSync(join(folder.data, "sidelight.sqlite"));
    // It may have ended before: other writes notice the loss, too.
    const response = await serving.webhook().catch(() => null);
    expect(response?.status ?? 503).toBe(503);
    expect(await serving.server.ended).toBe(3);
    expect(serving.log().at(-1)).toMatchObject({ reason: "store" });
  });
});
