import { randomUUID } from "node:crypto";
import type { Clock } from "@sidelight/model/clock.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Page, Stream } from "@sidelight/platform-kit/platform.ts";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import { currentData } from "../log/reader.ts";
import type { Statement } from "../store/statement.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type Checkpoint, loadCheckpoint, saveCheckpoint, saveCoverage } from "./checkpoints.ts";
import { nextPull } from "./schedule.ts";
import { createSyncBackoff } from "./syncBackoff.ts";

export interface SyncTools {
  log: TenantLog;
  connection: Connection;
  clock: Clock;
  logger: Logger;
  timeZone: string;
}

export interface StreamProgress {
  stream: string;
  /** True once the first backfill is complete. */
  complete: boolean;
  records: number;
  /** Every change up to here is stored, epoch ms; null while unknown. */
  coveredUntil: number | null;
  lastPullAt: number | null;
}

export interface Sync {
  progress(): StreamProgress[];
  /** Pulls a stream now; once more if a pull is under way. */
  pullNow(stream: string): void;
  stop(): Promise<void>;
}

/** Records per commit. The writer serves other tenants between two commits. */
const commitSize = 250;

/** Pulls a connection's streams independently: a backfill from the horizon first, then the changes. */
export function startSync(tools: SyncTools): Sync {
  const stopping = new AbortController();
  const progress = new Map<string, StreamProgress>();
  const wakeUps = new Map<string, WakeUp>();
  const loops = tools.connection.connector.streams.map((stream) => {
    const wakeUp = createWakeUp();
    wakeUps.set(stream.name, wakeUp);
    return runStream(stream, tools, wakeUp, stopping.signal, (p) => progress.set(stream.name, p)).catch((error: unknown) => {
      if (!stopping.signal.aborted)
        tools.logger.error({ err: error, connection: tools.connection.id, stream: stream.name }, "sync ended");
    });
  });
  return {
    progress: () => [...progress.values()],
    pullNow: (stream) => wakeUps.get(stream)?.request(),
    async stop() {
      stopping.abort();
      await Promise.allSettled(loops);
    },
  };
}

/** Wakes a waiting stream. A request made while nothing waits is kept until it is taken. */
interface WakeUp {
  request(): void;
  /** True when a request came since the last call. */
  takeRequest(): boolean;
  /** Waits for a request or for the time to pass. */
  wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void>;
}

function createWakeUp(): WakeUp {
  let wakeUp = new AbortController();
  return {
    request: () => wakeUp.abort(),
    takeRequest() {
      const isRequested = wakeUp.signal.aborted;
      if (isRequested) wakeUp = new AbortController();
      return isRequested;
    },
    async wait(clock, ms, signal) {
      const { signal: request } = wakeUp;
      await clock.sleep(ms, AbortSignal.any([signal, request])).catch((error: unknown) => {
        if (!request.aborted) throw error;
      });
    },
  };
}

async function runStream(
  stream: Stream,
  tools: SyncTools,
  wakeUp: WakeUp,
  signal: AbortSignal,
  report: (p: StreamProgress) => void,
): Promise<void> {
  const { connection, clock, logger, log } = tools;
  const backoff = createSyncBackoff();
  while (!signal.aborted) {
    const checkpoint = await loadCheckpoint(log.store, connection.id, stream);
    report(toProgress(stream, checkpoint));
    const schedule = connection.schedule(stream.name);
    const due = checkpoint?.complete ? nextPull(schedule, stream.intervalMs, checkpoint.updatedAt, tools.timeZone) : 0;
    if (!wakeUp.takeRequest() && due > clock.now()) {
      await wakeUp.wait(clock, due - clock.now(), signal);
      continue;
    }
    try {
      await pullOnce(stream, tools, checkpoint, signal, report);
      backoff.reset();
    } catch (error) {
      if (signal.aborted) return;
      const platformError = error instanceof PlatformError ? error : null;
      if (platformError) connection.recordFailure(platformError);
      // The caller of pullNow still waits for its pull, so the retry must not wait for the schedule.
      wakeUp.request();
      const delayMs = Math.max(backoff.next(), (platformError?.retryAt ?? 0) - clock.now());
      logger.warn(
        {
          err: error,
          tenant: log.tenant,
          connection: connection.id,
          stream: stream.name,
          code: platformError?.code,
          retryInMs: Math.round(delayMs),
        },
        "pull failed",
      );
      await clock.sleep(delayMs, signal);
    }
  }
}

/** One pull from its checkpoint to its end. A page is durable before the next one is requested. */
export async function pullOnce(
  stream: Stream,
  tools: SyncTools,
  checkpoint: Checkpoint | null,
  signal: AbortSignal,
  report: (p: StreamProgress) => void = () => {},
): Promise<void> {
  const { log, connection, clock } = tools;
  const correlationId = `pull-${randomUUID()}`;
  const startedAt = checkpoint?.complete === false ? checkpoint.startedAt : clock.now();
  let records = checkpoint?.records ?? 0;
  const pages = stream.pull({
    priority: checkpoint?.complete ? "sync" : "backfill",
    signal,
    checkpoint: checkpoint?.state ?? null,
    horizon: clock.now() - connection.horizonMs,
    readCurrent: (refs) => currentData(log, refs),
  });
  for await (const page of pages) {
    connection.recordSuccess();
    records += page.records.length;
    const isLastPage = page.coveredUntil !== undefined;
    const next: Checkpoint = {
      state: page.checkpoint,
      complete: isLastPage || (checkpoint?.complete ?? false),
      records: checkpoint?.complete ? (checkpoint.records ?? 0) : records,
      startedAt,
      updatedAt: clock.now(),
      coveredUntil: page.coveredUntil ?? checkpoint?.coveredUntil ?? null,
    };
    await commitPage(page, stream, tools, next, correlationId, !checkpoint?.complete);
    report(toProgress(stream, next));
  }
}

async function commitPage(
  page: Page,
  stream: Stream,
  { log, connection }: SyncTools,
  next: Checkpoint,
  correlationId: string,
  isBackfill: boolean,
): Promise<void> {
  const last = Math.max(0, Math.ceil(page.records.length / commitSize) - 1);
  for (let chunk = 0; chunk <= last; chunk++) {
    const records = page.records.slice(chunk * commitSize, (chunk + 1) * commitSize);
    const statements: Statement[] = [];
    if (chunk === last) {
      statements.push(saveCheckpoint(log.store, connection.id, stream, next));
      if (page.coveredUntil !== undefined) statements.push(...saveCoverage(log.store, connection.id, stream, page.coveredUntil));
    }
    await log.commit({ records, statements, correlationId, isBackfill });
  }
}

function toProgress(stream: Stream, checkpoint: Checkpoint | null): StreamProgress {
  return {
    stream: stream.name,
    complete: checkpoint?.complete ?? false,
    records: checkpoint?.records ?? 0,
    coveredUntil: checkpoint?.coveredUntil ?? null,
    lastPullAt: checkpoint?.updatedAt ?? null,
  };
}
