import { setTimeout } from "node:timers/promises";
import { type Backoff, exponentialBackoff } from "@sidelight/platform-kit/backoff.ts";
import type { ProjectionChanges } from "../../store/coordination.ts";
import { type StoreFault, storeFaultOf } from "../../store/faults.ts";
import { StoreOpenError } from "../../store/openError.ts";
import type { ProjectionFailure } from "../projections/projectEvents.ts";
import type { Projected } from "../projections/projector.ts";
import { StoreLostError } from "./errors.ts";
import { startPostgresWorker } from "./postgresWorker.ts";
import type { Committed, FileWriterOptions, WriterOptions, WriterRequest } from "./protocol.ts";
import { startWorker, type WorkerListener, type WriterWorker } from "./worker.ts";

/** The main thread's side of the writer. */
export interface WriterClient {
  /**
   * Resolves when the request is durable. Fails at once while the store cannot be written.
   * @throws {StoreLostError} when the store cannot be written; whether the request was written is unknown only if its thread ended
   * @throws {WriteFailedError} when the request was refused; nothing of it was written
   * @throws {StoreOpenError} when the store could not be opened at the start
   */
  send(request: WriterRequest): Promise<Committed>;
  /** The log of a tenant has events up to `head`, which another process may have appended. This process may have to project them. */
  addFromLog(tenant: string, head: number): void;
  /** Passes on what another process has projected. */
  follow(tenant: string, changes: FollowedChanges): void;
  /** Follows what becomes readable, and that nothing does while the store is lost. @returns ends it */
  listen(listener: WriterListener): () => void;
  /** Why the store cannot be written now; null while it can. */
  fault(): StoreFault | null;
  /** Commits what was sent, moves all commits into the main file and closes the store. */
  close(): Promise<void>;
}

/** What other processes have projected and outdated. */
export interface FollowedChanges extends ProjectionChanges {
  /** True when some of it is not kept any more. */
  hasGap: boolean;
}

export interface WriterListener {
  onProjected(projected: Projected): void;
  onFollowed(tenant: string, changes: FollowedChanges): void;
  onLost(error: StoreLostError): void;
  onRecovered(): void;
}

/** How a serving process follows the writer. */
export interface WriterSupervision {
  /** The store cannot be written, or not for this reason any more but for another. */
  onFault?(error: StoreLostError): void;
  onRecovered?(): void;
  /** Events could not be projected. The others go on. */
  onProjectionFailed?(tenant: string, failures: readonly ProjectionFailure[]): void;
  /** The writer cannot recover: the process has to end. */
  onFatal?(error: StoreLostError): void;
  /** Waits before an attempt to recover. */
  sleep?(ms: number, signal: AbortSignal): Promise<void>;
  /** Starts a thread of the embedded store. */
  start?(options: FileWriterOptions, listener: WorkerListener): WriterWorker;
}

const firstRetryMs = 250;
const maxRetryMs = 15_000;
/** A thread that ends again and again without a commit in between has a cause that a new thread does not remove. */
const maxThreadEnds = 10;

/** For these, the same handle works again as soon as the cause is gone. For others, the file has to be opened again. */
const isTransient = (fault: StoreFault): boolean => ["disk_full", "locked", "unreachable"].includes(fault);
/** Neither time nor a new thread removes these. */
const isFatal = (fault: StoreFault): boolean => fault === "corrupt" || fault === "replaced";
const isThreadEnd = (fault: StoreFault): boolean => fault === "writer_ended" || fault === "out_of_memory";

/**
 * Starts the writer's thread and keeps it working: while the store cannot be written it probes the store, and starts a new thread
 * when the old one has ended. No request is sent twice, because it may have been written before its thread ended.
 */
export function startWriter(options: WriterOptions, supervision: WriterSupervision = {}): WriterClient {
  const { start = startWorker, sleep = unreferencedSleep } = supervision;
  const closing = new AbortController();
  const backoff: Backoff = exponentialBackoff(firstRetryMs, maxRetryMs);
  const listeners = new Set<WriterListener>();
  let worker = openWorker(options);
  let lossError: StoreLostError | null = null;
  let isRecovering = false;
  let threadEnds = 0;

  function openWorker(workerOptions: WriterOptions): WriterWorker {
    const listener: WorkerListener = {
      onProjected(projected) {
        if (projected.failures.length > 0) supervision.onProjectionFailed?.(projected.tenant, projected.failures);
        for (const { onProjected } of listeners) onProjected(projected);
      },
      onLost: (error) => lose(lostError(error)),
    };
    const startedWorker = "file" in workerOptions ? start(workerOptions, listener) : startPostgresWorker(workerOptions, listener);
    void startedWorker.opening
      .then(() => startedWorker.end)
      .then(
        (error) => {
          if (startedWorker === worker) lose(lostError(error));
        },
        // The error of opening is for the one who opens.
        () => {},
      );
    return startedWorker;
  }

  function lose(error: StoreLostError): void {
    if (closing.signal.aborted) return;
    const isChange = lossError?.fault !== error.fault;
    lossError = error;
    for (const { onLost } of listeners) onLost(error);
    if (isChange) supervision.onFault?.(error);
    if (!isRecovering) void recover();
  }

  async function recover(): Promise<void> {
    isRecovering = true;
    while (lossError) {
      if (isThreadEnd(lossError.fault)) threadEnds += 1;
      if (isFatal(lossError.fault) || threadEnds > maxThreadEnds) {
        supervision.onFatal?.(lossError);
        break;
      }
      await sleep(backoff.next(), closing.signal).catch(() => {});
      if (closing.signal.aborted) break;
      try {
        await reopen(lossError.fault);
        lossError = null;
        for (const { onRecovered } of listeners) onRecovered();
        supervision.onRecovered?.();
      } catch (error) {
        lose(lostError(error));
      }
    }
    isRecovering = false;
  }

  /** @throws while the store cannot be written */
  async function reopen(fault: StoreFault): Promise<void> {
    if (!isTransient(fault)) {
      // One handle for writing at a time.
      await worker.terminate();
      worker = openWorker("file" in options ? { ...options, mustExist: true } : options);
      await worker.opening;
    }
    await worker.send({ kind: "probe" });
  }

  return {
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    addFromLog: (tenant, head) => worker.projection?.()?.addFromLog(tenant, head),
    follow(tenant, changes) {
      worker.projection?.()?.follow(tenant, changes.head);
      for (const { onFollowed } of listeners) onFollowed(tenant, changes);
    },
    fault: () => lossError?.fault ?? null,
    async send(request) {
      if (closing.signal.aborted) throw new StoreLostError("the store is closed", undefined, "closed");
      if (lossError) throw lossError;
      try {
        const result = await worker.send(request);
        if (request.kind !== "probe") {
          backoff.reset();
          threadEnds = 0;
        }
        return result;
      } catch (error) {
        if (error instanceof StoreLostError) lose(error);
        throw error;
      }
    },
    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      await worker.close();
    },
  };
}

function lostError(error: unknown): StoreLostError {
  if (error instanceof StoreLostError) return error;
  const fault = storeFaultOf(error) ?? (error instanceof StoreOpenError ? "corrupt" : undefined);
  return new StoreLostError("the writer thread failed", error, fault);
}

async function unreferencedSleep(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal, ref: false });
}
