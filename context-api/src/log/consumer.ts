import type { Clock } from "@sidelight/model/clock.ts";
import type { Derived } from "../signals/derived.ts";
import type { Logger } from "../telemetry/logger.ts";
import { placeOf, savePlace } from "./consumerOffset.ts";
import { type LoggedEvent, listEventsAfter } from "./listEvents.ts";
import type { TenantLog } from "./log.ts";

export interface Follower {
  /** Names its place in the log. */
  name: string;
  /** Events that it is given at a time, at most. */
  batch: number;
  /** The objects whose events it is given; all when left out. */
  objects?: readonly string[];
  handle(events: LoggedEvent[]): Promise<Followed>;
}

/** What comes of some events, to be committed. */
export interface Followed extends Derived {
  /** Told once it is durable. */
  afterwards?(): void;
}

interface FollowDeps {
  log: TenantLog;
  clock: Clock;
  logger: Logger;
}

/**
 * Follows the log until the signal. The place moves in the same commit as what came of the events: cut off anywhere, nothing is
 * handled twice and nothing left out.
 */
export async function follow(follower: Follower, { log, clock, logger }: FollowDeps, signal: AbortSignal): Promise<void> {
  const { name, batch, objects, handle } = follower;
  let last = await placeOf(log, name);
  while (!signal.aborted) {
    const woken = new AbortController();
    const stop = log.onTouch(() => woken.abort());
    try {
      const head = log.head();
      const events = await listEventsAfter(log, last, batch, objects);
      if (events.length === 0) {
        // What was none of its business isn't looked at again, and is not worth a write.
        last = Math.max(last, head);
        await clock.sleep(5_000, AbortSignal.any([signal, woken.signal])).catch(() => {});
        continue;
      }
      const { events: derived, statements, afterwards } = await handle(events);
      const sequence = events.at(-1)!.sequence;
      const place = savePlace(log, name, sequence, clock.now());
      await log.commit({ events: derived, statements: [...statements, place], correlationId: name });
      last = sequence;
      afterwards?.();
    } catch (error) {
      if (signal.aborted) return;
      logger.error({ err: error, tenant: log.tenant, follower: name }, "events could not be followed; trying again");
      await clock.sleep(2_000, signal).catch(() => {});
    } finally {
      stop();
    }
  }
}
