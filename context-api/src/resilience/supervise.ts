import type { Clock } from "@sidelight/model/clock.ts";
import { exponentialBackoff } from "@sidelight/platform-kit/backoff.ts";
import type { Logger } from "../telemetry/logger.ts";

/** Runs a loop of the process until the signal is aborted, and starts it again when it ends before. */
export type Supervise = (task: Task, signal: AbortSignal) => Promise<void>;

export interface Task {
  /** For the log and for readiness: never a value of a customer. */
  name: string;
  tenant: string;
  /** Returns only after the signal was aborted. Anything else is a fault. */
  run(): Promise<void>;
}

export interface Supervisor {
  supervise: Supervise;
  /** Names of the tasks that ended and do not work steadily again. */
  failing(): string[];
}

const firstRestartMs = 1_000;
const maxRestartMs = 60_000;
/** A task that ran this long after a restart works again. */
const steadyMs = 30_000;

/** No loop may end without a line in the log and a sign in `/readyz`. */
export function createSupervisor({ clock, logger }: { clock: Clock; logger: Logger }): Supervisor {
  /** When each task that failed was started again, by the monotonic clock; null while it waits for that. */
  const restarts = new Map<string, number | null>();

  return {
    failing() {
      for (const [name, restartedAt] of restarts)
        if (restartedAt !== null && clock.monotonic() - restartedAt >= steadyMs) restarts.delete(name);
      return [...restarts.keys()];
    },
    async supervise({ name, tenant, run }, signal) {
      const backoff = exponentialBackoff(firstRestartMs, maxRestartMs);
      const fullName = `${tenant}: ${name}`;
      while (!signal.aborted) {
        const startedAt = clock.monotonic();
        if (restarts.has(fullName)) restarts.set(fullName, startedAt);
        let cause: unknown;
        try {
          await run();
        } catch (error) {
          cause = error;
        }
        if (signal.aborted) break;
        if (clock.monotonic() - startedAt >= steadyMs) backoff.reset();
        restarts.set(fullName, null);
        const retryInMs = Math.round(backoff.next());
        logger.error({ err: cause, tenant, task: name, retryInMs }, "a background task ended; starting it again");
        await clock.sleep(retryInMs, signal).catch(() => {});
      }
      restarts.delete(fullName);
    },
  };
}
