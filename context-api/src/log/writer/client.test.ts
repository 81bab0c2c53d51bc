import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { newKey } from "../../security/seal.ts";
import { type StoreFault, storeFaultOf } from "../../store/faults.ts";
import { startWriter, type WriterClient } from "./client.ts";
import { StoreLostError, WriteFailedError } from "./errors.ts";
import type { Committed, FileWriterOptions, WriterRequest } from "./protocol.ts";
import type { WriterWorker } from "./worker.ts";

const result: Committed = { head: 1, appended: 0, unchanged: 0, events: [] };
const request: WriterRequest = { kind: "ensureTenant", tenant: "acme", now: 0 };
const sqliteError = (code: string) => Object.assign(new Error("a fault"), { code });
const storeLost = (code: string) => new StoreLostError("the store cannot be written", sqliteError(code));

/** A writer thread whose answers the test decides. */
interface FakeWorker {
  options: FileWriterOptions;
  sent: WriterRequest[];
  end(error: Error): void;
}

interface Scene {
  writer: WriterClient;
  workers: FakeWorker[];
  reports: string[];
  /** What the next requests get; null is a success. */
  answer: Error | null;
  opening: Error | null;
  /** Ends the wait before the next attempt to recover. */
  retry(): Promise<void>;
}

let close: (() => Promise<void>) | null = null;
afterEach(async () => {
  await close?.();
  close = null;
});

function openScene(): Scene {
  let wake: () => void = () => {};
  const scene: Scene = {
    workers: [],
    reports: [],
    answer: null,
    opening: null,
    async retry() {
      wake();
      await setImmediate();
    },
    writer: undefined as never,
  };
  const start = (options: FileWriterOptions): WriterWorker => {
    const end = Promise.withResolvers<Error>();
    const worker: FakeWorker = { options, sent: [], end: end.resolve };
    scene.workers.push(worker);
    const opening = scene.opening ? Promise.reject(scene.opening) : Promise.resolve();
    opening.catch(() => {});
    return {
      opening,
      end: end.promise,
      async send(sentRequest) {
        worker.sent.push(sentRequest);
        if (scene.answer) throw scene.answer;
        return result;
      },
      close: async () => {},
      terminate: async () => {},
    };
  };
  scene.writer = startWriter(
    { file: "unused", masterKey: newKey() },
    {
      start,
      sleep: (_, signal) =>
        new Promise((resolve, reject) => {
          wake = resolve;
          signal.addEventListener("abort", reject);
        }),
      onFault: (error) => scene.reports.push(error.fault),
      onRecovered: () => scene.reports.push("recovered"),
      onFatal: (error) => scene.reports.push(`fatal ${error.fault}`),
    },
  );
  close = scene.writer.close;
  return scene;
}

describe("a writer whose store cannot be written", () => {
  it.each<[string, StoreFault]>([
    ["SQLITE_FULL", "disk_full"],
    ["ENOSPC", "disk_full"],
    ["SQLITE_BUSY", "locked"],
    ["SQLITE_BUSY_SNAPSHOT", "locked"],
  ])("refuses at once and works again when the cause has ended, with the same thread: %s", async (code, fault) => {
    const scene = openScene();
    scene.answer = storeLost(code);
    await expect(scene.writer.send(request)).rejects.toMatchObject({ fault });
    const sentCount = scene.workers[0]!.sent.length;
    await expect(scene.writer.send(request)).rejects.toMatchObject({ fault });
    expect([scene.workers[0]!.sent.length, scene.writer.fault()]).toEqual([sentCount, fault]);
    await scene.retry();
    expect([scene.writer.fault(), scene.workers[0]!.sent.at(-1)?.kind]).toEqual([fault, "probe"]);
    scene.answer = null;
    await scene.retry();
    expect(await scene.writer.send(request)).toBe(result);
    expect([scene.workers.length, scene.reports]).toEqual([1, [fault, "recovered"]]);
  });

  it.each<[string, StoreFault]>([
    ["SQLITE_IOERR_WRITE", "io_error"],
    ["SQLITE_IOERR_FSYNC", "io_error"],
    ["SQLITE_READONLY", "read_only"],
    ["EROFS", "read_only"],
    ["SQLITE_CANTOPEN", "io_error"],
    ["SQLITE_NOMEM", "out_of_memory"],
  ])("opens the existing file again with another thread: %s", async (code, fault) => {
    const scene = openScene();
    scene.answer = storeLost(code);
    await expect(scene.writer.send(request)).rejects.toMatchObject({ fault });
    scene.opening = sqliteError(code);
    await scene.retry();
    expect([scene.workers.length, scene.writer.fault()]).toEqual([2, fault]);
    scene.answer = null;
    scene.opening = null;
    await scene.retry();
    await scene.writer.send(request);
    expect([scene.workers.length, scene.reports]).toEqual([3, [fault, "recovered"]]);
    expect(scene.workers.map(({ options }) => options.mustExist ?? false)).toEqual([false, true, true]);
  });

  it("starts another thread when its thread ends, and sends no request a second time", async () => {
    const scene = openScene();
    await scene.writer.send(request);
    scene.workers[0]!.end(new StoreLostError("the writer thread has ended"));
    await setImmediate();
    await expect(scene.writer.send(request)).rejects.toMatchObject({ fault: "writer_ended" });
    await scene.retry();
    await scene.writer.send(request);
    expect(scene.workers.map(({ sent }) => sent.map(({ kind }) => kind))).toEqual([["ensureTenant"], ["probe", "ensureTenant"]]);
  });

  it("reports each fault once, however many requests fail", async () => {
    const scene = openScene();
    scene.answer = storeLost("SQLITE_BUSY");
    for (let i = 0; i < 5; i++) await scene.writer.send(request).catch(() => {});
    scene.answer = storeLost("SQLITE_FULL");
    await scene.retry();
    await scene.retry();
    expect(scene.reports).toEqual(["locked", "disk_full"]);
  });

  it("ends the process for a damaged store", async () => {
    const scene = openScene();
    scene.answer = storeLost("SQLITE_CORRUPT");
    await scene.writer.send(request).catch(() => {});
    expect(scene.reports).toEqual(["corrupt", "fatal corrupt"]);
  });

  it("ends the process when one thread after the other ends without a commit", async () => {
    const scene = openScene();
    scene.workers[0]!.end(new StoreLostError("the writer thread has ended"));
    await setImmediate();
    scene.opening = new Error("a bug");
    for (let i = 0; i < 20; i++) await scene.retry();
    expect([scene.reports.at(-1), scene.workers.length]).toEqual(["fatal writer_ended", 11]);
  });

  it("does not take a refused request for a fault of the store", async () => {
    const scene = openScene();
    scene.answer = new WriteFailedError("the write failed", sqliteError("SQLITE_CONSTRAINT_UNIQUE"));
    await expect(scene.writer.send(request)).rejects.toBeInstanceOf(WriteFailedError);
    expect([scene.writer.fault(), scene.reports]).toEqual([null, []]);
  });
});

describe("storeFaultOf", () => {
  it.each(["SQLITE_CONSTRAINT", "SQLITE_ERROR", "SQLITE_TOOBIG", "SQLITE_MISMATCH", "constructor", "ECONNREFUSED"])(
    "is null for a request that is wrong: %s",
    (code) => expect(storeFaultOf(sqliteError(code))).toBeNull(),
  );

  it("finds the fault behind other errors", () => {
    expect(storeFaultOf(new Error("outer", { cause: new Error("inner", { cause: sqliteError("SQLITE_FULL") }) }))).toBe(
      "disk_full",
    );
  });
});
