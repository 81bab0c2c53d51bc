import type { Clock } from "@sidelight/model/clock.ts";
import type { EventInput } from "@sidelight/model/records.ts";
import type { Statement } from "../store/statement.ts";
import { findConsumerOffset, saveConsumerOffset } from "../store/tables/consumerOffsets.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type LoggedEvent, listEventsAfter } from "./listEvents.ts";
import type { TenantLog } from "./log.ts";
import { StoreLostError } from "./writer/errors.ts";

export interface Consumer {
  /** Names its offset in the log. */
  name: string;
  /** Maximum number of events of one call of {@link handle}. */
  batch: number;
  /** The objects whose events it handles; all when left out. */
  objects?: readonly string[];
  handle(events: LoggedEvent[]): Promise<ConsumerResult>;
  /** Does other work while there are no events; true when more is left. It never runs beside {@link handle}. */
  idle?(): Promise<boolean>;
}

/** What to commit for some events, together with the offset. */
export interface ConsumerResult {
  events: EventInput[];
  statements: Statement[];
  /** Called when it is durable. */
  onCommitted?(): void;
}

interface ConsumerDeps {
  log: TenantLog;
  clock: Clock;
  logger: Logger;
}

const maxWaitMs = 5_000;
const retryMs = 2_000;
/** Events of the first batch. */
const firstBatch = 32;
/** The writer reports a store that is lost, once. A consumer reports it at this failure in a row: reads may fail where writes do not. */
const reportedFailure = 5;

/**
 * Runs a consumer until the signal is aborted. The offset moves in the same commit as the results, so that an interruption neither
 * repeats nor skips an event. Batches start small, double with each success and halve with each failure: a process that leads for
 * seconds only, on a busy machine or with a database that fails often, must commit something in that time.
 */
export async function runConsumer(consumer: Consumer, { log, clock, logger }: ConsumerDeps, signal: AbortSignal): Promise<void> {
  const { name, batch, objects, handle } = consumer;
  let offset: number | null = null;
  let size = Math.min(firstBatch, batch);
  let failures = 0;
  while (!signal.aborted) {
    const wakeUp = new AbortController();
    const unsubscribe = log.onInvalidated(() => wakeUp.abort());
    try {
      offset ??= (await findConsumerOffset(log.store, name)) ?? (await saveStart());
      const head = log.head();
      const events = await listEventsAfter(log, { after: offset, through: head }, size, objects);
      const lastEvent = events.at(-1);
      if (!lastEvent) {
        // Skips events of other objects. That needs no write: a restart would skip them again.
        offset = Math.max(offset, head);
        if (await consumer.idle?.()) continue;
        await clock.sleep(maxWaitMs, AbortSignal.any([signal, wakeUp.signal])).catch(() => {});
        continue;
      }
      const { events: derivedEvents, statements, onCommitted } = await handle(events);
      await commit(lastEvent.sequence, derivedEvents, statements);
      offset = lastEvent.sequence;
      size = Math.min(batch, size * 2);
      failures = 0;
      onCommitted?.();
    } catch (error) {
      if (signal.aborted) return;
      size = Math.ceil(size / 2);
      failures += 1;
      report(error);
      // A commit whose confirmation was lost with the writer may be durable: its events must not be handled again.
      offset = null;
      await clock.sleep(retryMs, signal).catch(() => {});
    } finally {
      unsubscribe();
    }
  }

  async function commit(sequence: number, events: EventInput[], statements: Statement[]): Promise<void> {
    const offsetUpdate = saveConsumerOffset(log.store, name, sequence, clock.now());
    await log.commit({ events, statements: [...statements, offsetUpdate], correlationId: name });
  }

  /**
   * A new consumer starts at the head: earlier events are not for it. The start is stored at once. Otherwise a process that ends before
   * the first commit would leave the next one with a later head.
   */
  async function saveStart(): Promise<number> {
    const head = log.head();
    await commit(head, [], []);
    return head;
  }

  function report(error: unknown): void {
    const fields = { err: error, tenant: log.tenant, consumer: name, failures };
    if (!(error instanceof StoreLostError)) logger.error(fields, "a consumer of the log failed; trying again");
    else if (failures === reportedFailure) logger.warn(fields, "a consumer of the log cannot reach the store; trying again");
  }
}
