import type { Clock } from "@sidelight/model/clock.ts";
import { monotonicFactory } from "ulid";
import type { TenantLog } from "../log/log.ts";
import { StoreLostError } from "../log/writer/errors.ts";
import { chunks } from "../store/chunks.ts";
import { type CallRow, insertCalls } from "../store/tables/calls.ts";
import { addCallTotals, type CallTotal } from "../store/tables/callTotals.ts";
import type { CallLog, LoggedCall } from "../telemetry/callLog.ts";
import type { Logger } from "../telemetry/logger.ts";

/** The calls of one tenant, made durable in batches. */
export interface CallRecorder extends CallLog {
  /** Resolves when the calls so far are durable, or when that has failed: they are then written with the next batch. */
  flush(): Promise<void>;
}

export interface CallRecorderDeps {
  log: Pick<TenantLog, "tenant" | "store" | "append">;
  clock: Clock;
  logger: Logger;
  /** Calls were lost because the store could not be written for long. */
  onLost(calls: number): void;
}

const flushMs = 1_000;
/** Rows of one statement. */
const batchSize = 500;
/** While the store cannot be written, the oldest calls above this number are lost. */
const maxWaiting = 10_000;
const hourMs = 3_600_000;

/** A call costs an object in a list: rows and statements are made once a second, and the writer works in another thread. */
export function createCallRecorder({ log, clock, logger, onLost }: CallRecorderDeps): CallRecorder {
  let waitingCalls: LoggedCall[] = [];
  let timer: AbortController | null = null;
  let runningCommit: Promise<void> = Promise.resolve();
  /** Ids increase, also of calls of one millisecond, and while the clock is set back. */
  const nextId = monotonicFactory();

  function flushLater(): void {
    if (timer) return;
    const current = new AbortController();
    timer = current;
    void clock.sleep(flushMs, current.signal).then(
      () => {
        if (timer === current) timer = null;
        void flush();
      },
      // A flush came first.
      () => {},
    );
  }

  function flush(): Promise<void> {
    timer?.abort();
    timer = null;
    runningCommit = runningCommit.then(write);
    return runningCommit;
  }

  async function write(): Promise<void> {
    const calls = waitingCalls;
    if (calls.length === 0) return;
    waitingCalls = [];
    for (const [i, batch] of chunks(calls, batchSize).entries()) {
      const rows = batch.map((call) => toRow(call, nextId(call.at)));
      const statements = [insertCalls(log.store, rows), addCallTotals(log.store, totalsOf(batch))];
      try {
        await log.append({ statements, correlationId: "calls" });
      } catch (err) {
        if (err instanceof StoreLostError) {
          // The writer reports it, once. Nothing of the batch was written.
          waitingCalls = [...calls.slice(i * batchSize), ...waitingCalls];
          return flushLater();
        }
        onLost(batch.length);
        logger.error({ err, tenant: log.tenant, calls: batch.length }, "calls could not be stored; the log of calls lacks them");
      }
    }
  }

  return {
    add(call) {
      waitingCalls.push(call);
      if (waitingCalls.length > maxWaiting * 1.1) {
        onLost(waitingCalls.length - maxWaiting);
        waitingCalls.splice(0, waitingCalls.length - maxWaiting);
      }
      flushLater();
    },
    flush,
  };
}

const toRow = ({ route, customerTier, requestId, ...call }: LoggedCall, id: string): CallRow => ({
  ...call,
  call_id: id,
  operation: route,
  customer_tier: customerTier,
  request_id: requestId,
});

/** In the order of their keys, so that two processes never wait for each other. */
function totalsOf(calls: readonly LoggedCall[]): CallTotal[] {
  const totals = new Map<string, CallTotal>();
  for (const { at, connection, platform, route, priority, status, cause, customerTier, ms, bytes } of calls) {
    const hour = Math.floor(at / hourMs) * hourMs;
    const statusClass = statusClassOf(status);
    const key = JSON.stringify([hour, connection, route, priority, statusClass, cause, customerTier]);
    const total = totals.get(key) ?? {
      ...{ hour, connection, platform, operation: route, priority, status_class: statusClass, cause },
      ...{ customer_tier: customerTier ?? "", calls: 0, ms: 0, bytes: 0 },
    };
    totals.set(key, { ...total, calls: total.calls + 1, ms: total.ms + ms, bytes: total.bytes + bytes });
  }
  return [...totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, total]) => total);
}

/** A refusal for the rate limit is a class of its own, because many platforms do not charge for it. */
export function statusClassOf(status: number): string {
  if (status === 429) return "429";
  return status === 0 ? "none" : `${Math.floor(status / 100)}xx`;
}
