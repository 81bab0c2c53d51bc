import { mkdtempSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "@sidelight/test-support/until.ts";
import BetterSqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newKey } from "../../security/seal.ts";
import { StoreOpenError } from "../../store/openError.ts";
import { startWriter, type WriterClient } from "./client.ts";
import type { WriterOptions } from "./protocol.ts";
import { startWorker, type WriterWorker } from "./worker.ts";

// The real thread over a real file.
let folder: string;
let file: string;
let options: WriterOptions;
let writer: WriterClient | null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sidelight-thread-"));
  file = join(folder, "store.sqlite");
  options = { file, masterKey: newKey() };
  writer = null;
});
afterEach(async () => {
  await writer?.close();
  rmSync(folder, { recursive: true });
});

const addTenant = (tenant: string) => writer!.send({ kind: "ensureTenant", tenant, now: 0 });

function tenantsInFile(): unknown[] {
  const db = new BetterSqlite(file, { readonly: true });
  try {
    return db.prepare("select tenant from tenants order by tenant").pluck().all();
  } finally {
    db.close();
  }
}

describe("the writer's thread", () => {
  it("is started again when it is killed, and what was durable stays", async () => {
    const workers: WriterWorker[] = [];
    const reports: string[] = [];
    writer = startWriter(options, {
      start(workerOptions, listener) {
        const worker = startWorker(workerOptions, listener);
        workers.push(worker);
        return worker;
      },
      onFault: ({ fault }) => reports.push(fault),
      onRecovered: () => reports.push("recovered"),
      sleep: async () => {},
    });
    await addTenant("first");
    // The thread ends while it waits for its transaction, so that the request is lost for certain.
    const lock = new BetterSqlite(file);
    lock.exec("begin immediate");
    const lostRequest = addTenant("second");
    const ended = workers[0]!.terminate();
    lock.exec("rollback");
    await Promise.all([expect(lostRequest).rejects.toMatchObject({ code: "store_lost" }), ended]);
    lock.close();
    await until("the writer to recover", () => reports.includes("recovered"));
    await addTenant("third");
    expect(reports).toEqual(["writer_ended", "recovered"]);
    expect(tenantsInFile()).toEqual(expect.arrayContaining(["first", "third"]));
  });

  it("commits what was sent before it closes, and leaves nothing in the write-ahead log", async () => {
    writer = startWriter(options);
    const names = Array.from({ length: 40 }, (_, i) => `t${i}`);
    const requests = names.map(addTenant);
    // A reader of another process may stay open: then SQLite does not delete the write-ahead log itself.
    await requests[0];
    const reader = new BetterSqlite(file, { readonly: true });
    await writer.close();
    await Promise.all(requests);
    expect(statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
    reader.close();
    renameSync(file, join(folder, "copy.sqlite"));
    for (const suffix of ["-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
    renameSync(join(folder, "copy.sqlite"), file);
    expect(tenantsInFile()).toHaveLength(names.length);
  });

  it("ends the process when the file is moved away, instead of writing to a file that no path names", async () => {
    const fatal: string[] = [];
    writer = startWriter(options, { onFatal: ({ fault }) => fatal.push(fault), sleep: async () => {} });
    await addTenant("first");
    renameSync(file, `${file}.away`);
    await expect(addTenant("second")).rejects.toMatchObject({ fault: "replaced" });
    expect(fatal).toEqual(["replaced"]);
  });
});

describe("a file that cannot be used", () => {
  const openingError = async (): Promise<Error> => {
    writer = startWriter(options);
    return await addTenant("first").then(
      () => new Error("it was opened"),
      (error: Error) => error,
    );
  };
  const createStore = async () => {
    writer = startWriter(options);
    await addTenant("first");
    await writer.close();
  };

  it.each<[string, () => Promise<void> | void, RegExp]>([
    ["is no database", () => writeFileSync(file, "garbage ".repeat(2_000)), /damaged or is not a store/],
    ["is empty", () => writeFileSync(file, ""), /damaged or is not a store/],
    [
      "is a database of another program",
      () => void new BetterSqlite(file).exec("create table notes (text)").close(),
      /damaged or is not a store/,
    ],
    [
      "lost its end",
      async () => {
        await createStore();
        truncateSync(file, statSync(file).size - 8_192);
      },
      /damaged or is not a store/,
    ],
    [
      "was cut in its middle",
      async () => {
        await createStore();
        truncateSync(file, 6_000);
      },
      /damaged or is not a store/,
    ],
    [
      "was written by a newer release",
      async () => {
        await createStore();
        new BetterSqlite(file).exec("insert into kysely_migration values ('m999-future', '2030-01-01')").close();
      },
      /newer Sidelight \(m999-future\)/,
    ],
  ])("%s: one line with the file and the next step", async (_, prepare, message) => {
    await prepare();
    const error = await openingError();
    expect(error).toBeInstanceOf(StoreOpenError);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(file);
    expect(error.message).not.toContain("\n");
  });

  it("was sealed under another master key: nothing is added under this one", async () => {
    await createStore();
    options = { file, masterKey: newKey() };
    writer = startWriter(options);
    await expect(addTenant("second")).rejects.toMatchObject({ code: "wrong_master_key" });
    await writer.close();
    expect(tenantsInFile()).toEqual(["first"]);
  });
});
