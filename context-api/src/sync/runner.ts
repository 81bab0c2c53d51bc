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
  /** Everything up to here is held, epoch ms; null before that is known. */
  coveredUntil: number | null;
  lastPullAt: number | null;
}

export interface Sync {
  progress(): StreamProgress[];
  /** Has a stream pulled without waiting for its time; once more, where it is being pulled now. */
  pullNow(stream: string): void;
  stop(): Promise<void>;
}

/** Records a commit at most: the writer serves others between two of them. */
const commitSize = 250;
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;

/** Keeps one connection's streams pulled, each on its own: the first time from the horizon on, then what changed. */
export function startSync(tools: SyncTools): Sync {
  const stopping = new AbortController();
  const progress = new Map<string, StreamProgress>();
  const bells = new Map<string, Bell>();
  const loops = tools.connection.connector.streams.map((stream) => {
    const bell = newBell();
    bells.set(stream.name, bell);
    return keepPulled(stream, tools, bell, stopping.signal, (p) => progress.set(stream.name, p)).catch((error: unknown) => {
      if (!stopping.signal.aborted)
        tools.logger.error({ err: error, connection: tools.connection.id, stream: stream.name }, "sync ended");
    });
  });
  return {
    progress: () => [...progress.values()],
    pullNow: (stream) => bells.get(stream)?.ring(),
    async stop() {
      stopping.abort();
      await Promise.allSettled(loops);
    },
  };
}

/** Wakes whoever waits for a stream's time; rung before, it is heard later. */
interface Bell {
  ring(): void;
  /** True when it was rung since this was last asked. */
  heard(): boolean;
  /** Waits until it rings or the time is over. */
  wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void>;
}

function newBell(): Bell {
  let rung = new AbortController();
  return {
    ring: () => rung.abort(),
    heard() {
      const { aborted } = rung.signal;
      if (aborted) rung = new AbortController();
      return aborted;
    },
    async wait(clock, ms, signal) {
      const { signal: ringing } = rung;
      await clock.sleep(ms, AbortSignal.any([signal, ringing])).catch((error: unknown) => {
        if (!ringing.aborted) throw error;
      });
    },
  };
}

async function keepPulled(
  stream: Stream,
  tools: SyncTools,
  bell: Bell,
  signal: AbortSignal,
  report: (p: StreamProgress) => void,
): Promise<void> {
  const { connection, clock, logger, log } = tools;
  let failures = 0;
  while (!signal.aborted) {
    const checkpoint = await loadCheckpoint(log.store, connection.id, stream);
    report(toProgress(stream, checkpoint));
    const schedule = connection.schedule(stream.name);
    const due = checkpoint?.complete ? nextPull(schedule, stream.everyMs, checkpoint.updatedAt, tools.timeZone) : 0;
    if (!bell.heard() && due > clock.now()) {
      await bell.wait(clock, due - clock.now(), signal);
      continue;
    }
    try {
      await pullOnce(stream, tools, checkpoint, signal, report);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      const known = error instanceof PlatformError ? error : null;
      if (known) connection.failed(known);
      // Also where it wasn't time yet: whoever rang is still waiting.
      bell.ring();
      const wait = Math.max(backoff(failures++), (known?.retryAt ?? 0) - clock.now());
      logger.warn(
        {
          err: error,
          tenant: log.tenant,
          connection: connection.id,
          stream: stream.name,
          code: known?.code,
          retryInMs: Math.round(wait),
        },
        "pull failed",
      );
      await clock.sleep(wait, signal);
    }
  }
}

/** One pull from its checkpoint to its end. What a page brought is durable before the next one is asked for. */
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
    lane: checkpoint?.complete ? "sync" : "backfill",
    signal,
    checkpoint: checkpoint?.state ?? null,
    horizon: clock.now() - connection.horizonMs,
    current: (refs) => currentData(log, refs),
  });
  for await (const page of pages) {
    connection.succeeded();
    records += page.records.length;
    const done = page.coveredUntil !== undefined;
    const next: Checkpoint = {
      state: page.checkpoint,
      complete: done || (checkpoint?.complete ?? false),
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

/** How long to wait after so many failures, ms: exponential, with full jitter. */
export function backoff(failures: number): number {
  return Math.max(firstRetryMs / 2, Math.random() * Math.min(longestRetryMs, firstRetryMs * 2 ** failures));
}
