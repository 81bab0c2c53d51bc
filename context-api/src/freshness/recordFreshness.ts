import type { Clock } from "@sidelight/model/clock.ts";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import { chunks } from "../store/chunks.ts";
import type { Statement } from "../store/statement.ts";
import { type Arrival, listArrivals } from "../store/tables/arrivals.ts";
import { findConsumerProgress, saveConsumerOffset } from "../store/tables/consumerOffsets.ts";
import { hasNewWebhookEvent } from "../store/tables/events.ts";
import { addFreshnessCounts } from "../store/tables/freshnessCounts.ts";
import type { Sync } from "../sync/runner.ts";
import type { Logger } from "../telemetry/logger.ts";
import { boundOf } from "./ageBounds.ts";
import { type AgeSample, toBuckets } from "./buckets.ts";
import { type DataAge, dataAge } from "./dataAge.ts";

export interface FreshnessDeps {
  log: TenantLog;
  connections: readonly Connection[];
  syncs: ReadonlyMap<string, Pick<Sync, "progress">>;
  clock: Clock;
  logger: Logger;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** Between two looks at streams that are being loaded. */
const loadingMs = 2_000;
/** Names the offset of what was counted. */
const consumer = "freshness";
/** Events of one query. */
const pageSize = 2_000;
/** Rows of one statement. */
const statementSize = 200;
/** The longest time without a running process that is counted. */
const maxGapMinutes = 7 * 1_440;
/** A process that starts again within this time is a restart. */
const maxRestartMinutes = 3;

/**
 * Counts the ages of facts at their arrival, and each minute how old the data of each object is, until the signal is aborted. Counts
 * and offset are stored in one commit, so that an interruption neither repeats nor skips an event.
 */
export async function recordFreshness(deps: FreshnessDeps, signal: AbortSignal): Promise<void> {
  const { log, clock, logger } = deps;
  /** By the monotonic clock; null before the first sample of this process. */
  let sampledAt: number | null = null;
  while (!signal.aborted) {
    const isReady = areStreamsLoaded(deps);
    try {
      if (isReady) {
        const elapsedMinutes = sampledAt === null ? null : Math.max(1, Math.round((clock.monotonic() - sampledAt) / minuteMs));
        await record(deps, elapsedMinutes);
        sampledAt = clock.monotonic();
      }
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ err: error, tenant: log.tenant }, "freshness could not be recorded; the next attempt is in a minute");
    }
    await clock.sleep(isReady ? minuteMs : loadingMs, signal).catch(() => {});
  }
}

/** Streams report when they have read their checkpoints. */
const areStreamsLoaded = ({ connections, syncs }: FreshnessDeps): boolean =>
  connections.every(({ id, connector }) => (syncs.get(id)?.progress().length ?? 0) >= connector.streams.length);

/** @param elapsedMinutes since the last sample of this process; null before the first one */
async function record(deps: FreshnessDeps, elapsedMinutes: number | null): Promise<void> {
  const { log, clock } = deps;
  const now = clock.now();
  // Earlier events are not for the first measurement.
  const progress = (await findConsumerProgress(log.store, consumer)) ?? { sequence: log.head(), updatedAt: now };
  const ages = await agesOf(deps, now);
  const samples = minuteSamples(ages, { now, elapsedMinutes, lastAt: progress.updatedAt });
  const leads = new Map(deps.connections.map(({ id, clockLeadMs }) => [id, clockLeadMs()]));
  let offset = progress.sequence;
  const head = log.head();
  for (;;) {
    const arrivals = await listArrivals(log.store, { after: offset, through: head, limit: pageSize });
    samples.push(...arrivalSamples(arrivals, leads));
    offset = arrivals.at(-1)?.sequence ?? Math.max(offset, head);
    const isLastPage = arrivals.length < pageSize;
    await commit(deps, samples, isLastPage ? Math.max(offset, head) : offset);
    if (isLastPage) return;
    samples.length = 0;
  }
}

async function commit({ log, clock }: FreshnessDeps, samples: readonly AgeSample[], sequence: number): Promise<void> {
  const now = clock.now();
  const statements: Statement[] = chunks(toBuckets(samples), statementSize).map((rows) => addFreshnessCounts(log.store, rows));
  statements.push(saveConsumerOffset(log.store, consumer, sequence, now));
  await log.commit({ statements, correlationId: consumer });
}

/** Facts whose source says when it changed them. @param leads by connection: how far our clock is ahead of the platform's, ms */
export function arrivalSamples(arrivals: readonly Arrival[], leads: ReadonlyMap<string, number>): AgeSample[] {
  return arrivals.flatMap(({ connection, object, isWebhook, receivedAt, changedAt }) => {
    const leadMs = leads.get(connection);
    if (changedAt === null || leadMs === undefined) return [];
    const boundary = boundOf(receivedAt - leadMs - changedAt);
    const cause = isWebhook ? "webhook" : "pull";
    return [{ at: receivedAt, connection, object, measure: "facts", cause, bound: boundary, count: 1 }];
  });
}

interface ObjectAge extends DataAge {
  connection: string;
  object: string;
}

/** Of every object that a stream pulls, so that an objective that is added later has a history. */
async function agesOf({ log, connections, syncs, clock }: FreshnessDeps, now: number): Promise<ObjectAge[]> {
  const ages: ObjectAge[] = [];
  for (const connection of connections) {
    const { id, connector } = connection;
    const progress = syncs.get(id)?.progress() ?? [];
    for (const object of new Set(connector.streams.flatMap(({ objects }) => objects))) {
      const reportedAt = await lastReport(log, connection, object, clock);
      const age = dataAge({ connection, object, progress, reportedAt, now });
      if (age) ages.push({ connection: id, object, ...age });
    }
  }
  return ages;
}

/** When webhooks last reported an object, epoch ms. After a start, the log shows whether they did in the last day. */
async function lastReport(log: TenantLog, connection: Connection, object: string, clock: Clock): Promise<number | null> {
  const reportedState = connection.reportedAt(object);
  const sinceReportMs = reportedState === null ? Number.POSITIVE_INFINITY : clock.monotonic() - reportedState;
  if (sinceReportMs < dayMs) return clock.now() - sinceReportMs;
  const since = clock.now() - dayMs;
  return (await hasNewWebhookEvent(log.store, { connection: connection.id, object }, since)) ? since : null;
}

/** A minute of each object, and those in which no process measured. */
export function minuteSamples(
  ages: readonly ObjectAge[],
  { now, elapsedMinutes, lastAt }: { now: number; elapsedMinutes: number | null; lastAt: number },
): AgeSample[] {
  const stoppedMinutes = elapsedMinutes === null ? Math.min(maxGapMinutes, Math.floor((now - lastAt) / minuteMs)) : 0;
  const gapMinutes = stoppedMinutes > maxRestartMinutes ? stoppedMinutes - 1 : 0;
  return ages.flatMap(({ connection, object, ms, cause }) => {
    const sample = { connection, object, measure: "minutes" };
    const present = { ...sample, at: now, cause, bound: boundOf(ms), count: Math.min(elapsedMinutes ?? 1, maxGapMinutes) };
    const missingItems = Array.from({ length: gapMinutes }, (_, i) => {
      const instant = now - (gapMinutes - i) * minuteMs;
      return { ...sample, at: instant, cause: "not_running", bound: boundOf((i + 1) * minuteMs), count: 1 };
    });
    return [...missingItems, present];
  });
}
