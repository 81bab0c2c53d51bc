import { openPostgresPool } from "../../store/postgres/connection.ts";
import { migratePostgres } from "../../store/postgres/migrate.ts";
import { openPostgresWriterStore } from "../../store/postgres/writerStore.ts";
import { restoreError, StoreLostError } from "./errors.ts";
import { startLoop, type WriterLoop } from "./loop.ts";
import type { Committed, PostgresWriterOptions, WriterNotice, WriterReply } from "./protocol.ts";
import type { PendingCall, ProjectionControl, WorkerListener, WriterWorker } from "./worker.ts";
import { createWriter } from "./writer.ts";

/** The locks of a frozen process end with its transaction, before another leader needs them. */
const idleInTransactionMs = 5_000;

/** A writer of PostgreSQL. It runs in this process, because it only waits for the database. */
export function startPostgresWorker(options: PostgresWriterOptions, listener: WorkerListener): WriterWorker {
  const pool = openPostgresPool({
    ...options.postgres,
    maxConnections: 2,
    isPipelined: true,
    idleInTransactionMs,
    applicationName: "sidelight writer",
  });
  const pending = new Map<number, PendingCall>();
  const end = Promise.withResolvers<Error>();
  let lastId = 0;
  let failure: Error | null = null;
  let projection: ProjectionControl | null = null;
  const opening = open();
  // Who sends a request gets the reason too.
  opening.catch(fail);

  async function open(): Promise<WriterLoop> {
    await migratePostgres(pool.db);
    const store = openPostgresWriterStore(pool);
    const { masterKey, leadership } = options;
    const writer = await createWriter({ store, masterKey, leadership, onProjected: listener.onProjected });
    const loop = startLoop(writer, report);
    projection = {
      addFromLog(tenant, head) {
        writer.projector.addFromLog(tenant, head);
        loop.wake();
      },
      follow: writer.projector.follow,
    };
    return loop;
  }

  function report(message: WriterReply | WriterNotice): void {
    if ("kind" in message) {
      if (message.kind === "lost") listener.onLost(restoreError(message.error));
      if (message.kind === "failed") fail(restoreError(message.error));
      return;
    }
    const call = pending.get(message.id);
    pending.delete(message.id);
    if ("error" in message) call?.reject(restoreError(message.error));
    else call?.resolve(message.result);
  }

  function fail(error: Error): void {
    failure ??= error;
    for (const call of pending.values()) call.reject(failure);
    pending.clear();
    end.resolve(failure);
  }

  return {
    opening: opening.then(() => {}),
    end: end.promise,
    projection: () => projection,
    async send(request) {
      const loop = await opening;
      if (failure) throw failure;
      const id = ++lastId;
      return await new Promise<Committed>((resolve, reject) => {
        pending.set(id, { resolve, reject });
        loop.push([{ id, request }]);
      });
    },
    async close() {
      const loop = await opening.catch(() => null);
      await (loop?.close() ?? pool.close());
      fail(new StoreLostError("the store is closed", undefined, "closed"));
    },
    async terminate() {
      fail(new StoreLostError("the writer was ended"));
      await pool.close();
    },
  };
}
