import { randomUUID } from "node:crypto";
import type { Clock } from "@sidelight/model/clock.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import type { Backoff } from "@sidelight/platform-kit/backoff.ts";
import { boundedInstant } from "@sidelight/platform-kit/bounds.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Page, Stream } from "@sidelight/platform-kit/platform.ts";
import { type BulkheadPolicy, bulkhead } from "cockatiel";
import type { CallKind, Circuits } from "../connections/circuits.ts";
import { pullKind } from "../connections/connections.ts";
import { currentData } from "../log/reader.ts";
import { chunks } from "../store/chunks.ts";
import type { Statement } from "../store/statement.ts";
import { countPassedOver } from "../store/tables/passedOver.ts";
import { withCallCause } from "../telemetry/callCause.ts";
import { objectLabel } from "../telemetry/labels.ts";
import { type SpanStart, withSpan } from "../telemetry/spans.ts";
import { type Checkpoint, loadCheckpoint, saveCheckpoint, saveCoverage } from "./checkpoints.ts";
import { compareListing } from "./listed.ts";
import { reportMissingFields } from "./missingFields.ts";
import { createPullInterval } from "./pullInterval.ts";
import { nextPull } from "./schedule.ts";
import { createSyncBackoff, createUnavailableBackoff } from "./syncBackoff.ts";
import type { SyncTools } from "./syncTools.ts";
import { markAvailable, markUnavailable } from "./unavailable.ts";

export interface StreamProgress {
  stream: string;
  /** True once the first backfill is complete. */
  complete: boolean;
  records: number;
  /** Every change up to here is stored, epoch ms; null while unknown. */
  coveredUntil: number | null;
  lastPullAt: number | null;
  /** True once a pull has reached its end since the start. */
  hasCompleted: boolean;
  /** Why the last pull failed; null while pulls succeed. */
  problem: StreamProblem | null;
}

export interface StreamProblem {
  message: string;
  /** What an operator can do; null for the general advice. */
  nextAction: string | null;
  /** True when the account cannot serve the stream. It is tried rarely then, and nothing waits for it. */
  isUnavailable: boolean;
  /** Start of the current failures, epoch ms. */
  since: number;
  /** Failed pulls in a row. */
  failures: number;
  /** True when the platform served no other stream either between the first failure and the last one. */
  isShared: boolean;
}

export interface Sync {
  progress(): StreamProgress[];
  /** Pulls a stream now; once more if a pull is under way. */
  pullNow(stream: string): void;
  /** Ends the waits of failing streams: they are pulled now. */
  retryNow(): void;
  stop(): Promise<void>;
}

const unexpectedProblem = "The pull failed with an unexpected error. The log has the reason.";
const probeSpacingMs = 1_000;
/** A stream of a paused connection looks this often whether it is resumed; resuming wakes it. */
const pausedCheckMs = 60_000;
/** Streams of a connection in their first backfill at once. They share the connection's quotas, so that more would not be faster. */
const maxBackfills = 2;
/** A smaller step of the clock delays a pull no longer. */
const maxClockStepMs = 60_000;
/** Records per commit. The writer serves other tenants between two commits. */
const commitSize = 250;

/** Pulls a connection's streams independently: a backfill from the horizon first, then the changes. */
export function startSync(tools: SyncTools): Sync {
  const stopping = new AbortController();
  const progress = new Map<string, StreamProgress>();
  const wakeUps = new Map<string, WakeUp>();
  const backfills = bulkhead(maxBackfills, Number.POSITIVE_INFINITY);
  const loops = tools.connection.connector.streams.map((stream) => {
    const wakeUp = createWakeUp();
    wakeUps.set(stream.name, wakeUp);
    const report: Report = (p) => {
      const previous = progress.get(stream.name) ?? { ...toProgress(stream, null), hasCompleted: false, problem: null };
      progress.set(stream.name, { ...previous, ...p });
    };
    const run = () => runStream(stream, { ...tools, backfills }, wakeUp, stopping.signal, report);
    const name = `pull of ${tools.connection.id}.${stream.name}`;
    return tools.supervise({ name, tenant: tools.log.tenant, run }, stopping.signal);
  });
  return {
    progress: () => [...progress.values()],
    pullNow: (stream) => wakeUps.get(stream)?.request(),
    retryNow() {
      for (const wakeUp of wakeUps.values()) wakeUp.retry();
    },
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
  /** Waits after a failure. Only `retry` ends it early: a request must not repeat a failing pull at once. */
  waitToRetry(clock: Clock, ms: number, signal: AbortSignal): Promise<void>;
  retry(): void;
}

function createWakeUp(): WakeUp {
  let wakeUp = new AbortController();
  let retry = new AbortController();
  return {
    request: () => wakeUp.abort(),
    retry: () => retry.abort(),
    async waitToRetry(clock, ms, signal) {
      retry = new AbortController();
      const { signal: retrySignal } = retry;
      await clock.sleep(ms, AbortSignal.any([signal, retrySignal])).catch((error: unknown) => {
        if (signal.aborted || !retrySignal.aborted) throw error;
      });
    },
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

type Report = (progress: Partial<StreamProgress>) => void;

interface StreamTools extends SyncTools {
  /** Bounds the pages that are in memory at once. */
  backfills: BulkheadPolicy;
}

async function runStream(stream: Stream, tools: StreamTools, wakeUp: WakeUp, signal: AbortSignal, report: Report): Promise<void> {
  const { connection, clock, logger, log } = tools;
  const backoff = createSyncBackoff(stream.maxRetryMs);
  const interval = createPullInterval(stream, connection);
  const unavailableBackoff = createUnavailableBackoff();
  let failingSince: number | null = null;
  let failures = 0;
  // An outage that began in an earlier run ends with the first pull that works.
  if (connection.circuits.of(pullKind(stream.name)).state() !== "closed") wakeUp.request();
  while (!signal.aborted) {
    const checkpoint = await loadCheckpoint(log.store, connection.id, stream);
    report(toProgress(stream, checkpoint));
    if (connection.pausedAt !== null) {
      report({ problem: null });
      await wakeUp.waitToRetry(clock, pausedCheckMs, signal);
      continue;
    }
    const schedule = connection.schedule(stream.name);
    // The clock was set back since the last pull: waiting for the time of the next one could take as long as that step.
    const isClockBack = checkpoint !== null && checkpoint.updatedAt > clock.now() + maxClockStepMs;
    const due =
      checkpoint?.complete && !isClockBack
        ? nextPull(schedule, interval.current(clock.monotonic()), checkpoint.updatedAt, tools.timeZone)
        : 0;
    if (!wakeUp.takeRequest() && due > clock.now()) {
      await wakeUp.wait(clock, due - clock.now(), signal);
      continue;
    }
    try {
      const pull = () =>
        withSpan(
          `pull ${stream.name}`,
          () => pullSpan(stream, tools),
          () => withCallCause({ cause: `stream:${stream.name}` }, () => pullOnce(stream, tools, checkpoint, signal, report)),
        );
      const changes = await (checkpoint?.complete ? pull() : tools.backfills.execute(pull, signal));
      interval.recordPull(changes > 0, clock.monotonic());
      backoff.reset();
      unavailableBackoff.reset();
      failingSince = null;
      failures = 0;
      report({ problem: null, hasCompleted: true });
      await markAvailable(stream, tools);
      await reportMissingFields(tools);
    } catch (error) {
      if (signal.aborted) return;
      const platformError = error instanceof PlatformError ? error : null;
      const isUnavailable = platformError?.isRefusal ?? false;
      failingSince ??= clock.now();
      if (!platformError?.isNotSent) failures += 1;
      const message = platformError?.message ?? unexpectedProblem;
      const isShared = isSharedFailure(connection.circuits, pullKind(stream.name), failingSince);
      report({
        problem: {
          message,
          nextAction: platformError?.nextAction ?? null,
          isUnavailable,
          since: failingSince,
          failures,
          isShared,
        },
      });
      if (isUnavailable) await markUnavailable(stream, tools, platformError?.message ?? "", failingSince);
      // The caller of pullNow still waits for its pull, so the retry must not wait for the schedule.
      wakeUp.request();
      const probeAt = connection.circuits.of(pullKind(stream.name)).openUntil();
      const delayMs = retryDelay(platformError, probeAt, isUnavailable ? unavailableBackoff : backoff, clock.now());
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
      await wakeUp.waitToRetry(clock, delayMs, signal);
    }
  }
}

const pullSpan = (stream: Stream, { log, connection }: SyncTools): SpanStart => ({
  kind: "internal",
  attributes: {
    "sidelight.tenant": log.tenant,
    "sidelight.connection": connection.id,
    "sidelight.platform": connection.platform.name,
    "sidelight.stream": stream.name,
  },
});

function isSharedFailure(circuits: Circuits, kind: CallKind, since: number): boolean {
  if (circuits.of(kind).state() === "closed") return false;
  const otherPulls = circuits.list().filter((circuit) => circuit.kind.startsWith("pull.") && circuit.kind !== kind);
  return otherPulls.every(({ lastSuccessAt }) => (lastSuccessAt ?? 0) < since);
}

/** While its circuit is open, the next probe decides when a stream is tried again, so that it recovers soon after an outage. */
function retryDelay(error: PlatformError | null, probeAt: number | null, backoff: Backoff, now: number): number {
  const reportedDelayMs = (boundedInstant(error?.retryAt ?? null, now) ?? now) - now;
  const isPaused = probeAt !== null || error?.isNotSent === true;
  return Math.max(isPaused ? Math.max(probeSpacingMs, (probeAt ?? now) - now) : backoff.next(), reportedDelayMs);
}

/** One pull from its checkpoint to its end. A page is durable before the next one is requested. @returns number of changes it found */
export async function pullOnce(
  stream: Stream,
  tools: SyncTools,
  checkpoint: Checkpoint | null,
  signal: AbortSignal,
  report: Report = () => {},
): Promise<number> {
  const { log, connection, clock } = tools;
  let changes = 0;
  const correlationId = `pull-${randomUUID()}`;
  const startedAt = checkpoint?.complete === false ? checkpoint.startedAt : clock.now();
  let records = checkpoint?.records ?? 0;
  const isBackfill = !checkpoint?.complete;
  const fields = { tenant: log.tenant, connection: connection.id, stream: stream.name };
  if (isBackfill) tools.logger.info({ ...fields, records }, checkpoint ? "backfill continued" : "backfill started");
  const pages = stream.pull({
    priority: checkpoint?.complete ? "sync" : "backfill",
    signal,
    checkpoint: checkpoint?.state ?? null,
    horizon: clock.now() - connection.horizonMs,
    readCurrent: (refs) => currentData(log, refs),
  });
  for await (const pulledPage of pages) {
    records += pulledPage.records.length;
    const { page, statements, listedChanges } = await settleListing(pulledPage, stream, tools, { correlationId, isBackfill });
    changes += listedChanges;
    const isLastPage = page.coveredUntil !== undefined;
    const next: Checkpoint = {
      state: page.checkpoint,
      complete: isLastPage || (checkpoint?.complete ?? false),
      records: checkpoint?.complete ? (checkpoint.records ?? 0) : records,
      startedAt,
      updatedAt: clock.now(),
      coveredUntil: page.coveredUntil ?? checkpoint?.coveredUntil ?? null,
    };
    changes += await commitPage(page, stream, tools, next, { correlationId, isBackfill, statements });
    countRecords(pulledPage, tools, isBackfill);
    report(toProgress(stream, next));
    if (isBackfill && isLastPage) tools.logger.info({ ...fields, records, ms: clock.now() - startedAt }, "backfill completed");
  }
  return changes;
}

async function commitPage(
  page: Page,
  stream: Stream,
  tools: SyncTools,
  next: Checkpoint,
  { correlationId, isBackfill, statements }: { correlationId: string; isBackfill: boolean; statements: Statement[] },
): Promise<number> {
  const { log, connection } = tools;
  const coverage = typeof page.coveredUntil === "number" ? saveCoverage(log.store, connection.id, stream, page.coveredUntil) : [];
  const lastStatements = [
    saveCheckpoint(log.store, connection.id, stream, next),
    ...countsOf(page, stream, tools),
    ...coverage,
    ...statements,
  ];
  let changes = 0;
  for (const records of chunks(page.records, commitSize))
    changes += (await log.commit({ records, correlationId, isBackfill })).appended;
  // Only now: coverage vouches for what readers see.
  await log.append({ statements: lastStatements, correlationId });
  for (const [reason, count] of Object.entries(page.passedOver ?? {})) {
    tools.metrics.passedOver.inc({ tenant: log.tenant, connection: connection.id, stream: stream.name, reason }, count);
  }
  return changes;
}

function countRecords({ records }: Page, { connection, log, metrics }: SyncTools, isBackfill: boolean): void {
  const { id, platform } = connection;
  const way = isBackfill ? "backfill" : "pull";
  const objects = Map.groupBy(records, ({ ref }) => objectLabel(splitRef(ref).object, platform.objects));
  for (const [object, { length }] of objects)
    metrics.records.inc({ tenant: log.tenant, connection: id, platform: platform.name, object, way }, length);
}

/**
 * The last page of a complete listing with what is gone instead of its records, which are committed before: a record that was seen
 * is not gone. A listing that is not believed vouches for no value.
 */
async function settleListing(
  page: Page,
  stream: Stream,
  tools: SyncTools,
  context: { correlationId: string; isBackfill: boolean },
): Promise<{ page: Page; statements: Statement[]; listedChanges: number }> {
  if (!page.listed) return { page, statements: [], listedChanges: 0 };
  let listedChanges = 0;
  for (const records of chunks(page.records, commitSize))
    listedChanges += (await tools.log.commit({ records, ...context })).appended;
  const { gone, isPlausible, statements } = await compareListing(stream, tools, page.listed);
  return { page: { ...page, records: gone, ...(isPlausible ? {} : { coveredUntil: null }) }, statements, listedChanges };
}

const countsOf = ({ passedOver = {} }: Page, stream: Stream, { log, connection, clock }: SyncTools): Statement[] =>
  Object.entries(passedOver).map(([reason, count]) =>
    countPassedOver(log.store, { connection: connection.id, stream: stream.name, reason, count, at: clock.now() }),
  );

function toProgress(stream: Stream, checkpoint: Checkpoint | null): Omit<StreamProgress, "problem" | "hasCompleted"> {
  return {
    stream: stream.name,
    complete: checkpoint?.complete ?? false,
    records: checkpoint?.records ?? 0,
    coveredUntil: checkpoint?.coveredUntil ?? null,
    lastPullAt: checkpoint?.updatedAt ?? null,
  };
}
