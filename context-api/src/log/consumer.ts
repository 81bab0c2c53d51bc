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

/**
 * Runs a consumer until the signal is aborted. The offset moves in the same commit as the results, so that an interruption neither
 * repeats nor skips an event.
 */
export async function runConsumer(consumer: Consumer, { log, clock, logger }: ConsumerDeps, signal: AbortSignal): Promise<void> {
  const { name, batch, objects, handle } = consumer;
  // A new consumer starts at the head: earlier events are not for it.
  const loadOffset = async () => (await findConsumerOffset(log.store, name)) ?? log.head();
  let offset = await loadOffset();
  while (!signal.aborted) {
    const wakeUp = new AbortController();
    const unsubscribe = log.onInvalidated(() => wakeUp.abort());
    try {
      const head = log.head();
      const events = await listEventsAfter(log, { after: offset, through: head }, batch, objects);
      const lastEvent = events.at(-1);
      if (!lastEvent) {
        // Skips events of other objects. That needs no write: a restart would skip them again.
        offset = Math.max(offset, head);
        if (await consumer.idle?.()) continue;
        await clock.sleep(maxWaitMs, AbortSignal.any([signal, wakeUp.signal])).catch(() => {});
        continue;
      }
      const { events: derivedEvents, statements, onCommitted } = await handle(events);
      const offsetUpdate = saveConsumerOffset(log.store, name, lastEvent.sequence, clock.now());
      await log.commit({ events: derivedEvents, statements: [...statements, offsetUpdate], correlationId: name });
      offset = lastEvent.sequence;
      onCommitted?.();
    } catch (error) {
      if (signal.aborted) return;
      // The writer reports a store that is lost, once.
      const level = error instanceof StoreLostError ? "debug" : "error";
      logger[level]({ err: error, tenant: log.tenant, consumer: name }, "a consumer of the log failed; trying again");
      await clock.sleep(retryMs, signal).catch(() => {});
      // A commit whose confirmation was lost with the writer may be durable: its events must not be handled again.
      offset = Math.max(offset, await loadOffset());
    } finally {
      unsubscribe();
    }
  }
}
