import type { Clock } from "@sidelight/model/clock.ts";
import type { OnFailure } from "../config/routing.ts";
import type { Connection } from "../connections/connections.ts";
import type { ConsentChecks } from "../context/consent.ts";
import type { TenantLog } from "../log/log.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { CreationChecks } from "./creationCheck.ts";
import type { Deliveries } from "./deliveryQueue.ts";
import { openMonthlyCap } from "./monthlyCap.ts";
import { startWorker, type WorkerDeps } from "./worker.ts";

/** Names the queue of one action of one target. */
export const queueName = (target: string, action: string): string => `${target}\n${action}`;

/** Sends a tenant's deliveries. Several processes may do so at the same time. */
export interface DeliveryWorkers {
  /** New deliveries may be due. @param queues names of {@link queueName} */
  wake(queues: ReadonlySet<string>): void;
  /** Tries due deliveries now, even while a circuit is open. */
  retryNow(): void;
  stop(): Promise<void>;
}

export interface DeliveryWorkersDeps extends ConsentChecks {
  log: TenantLog;
  clock: Clock;
  connections: readonly Connection[];
  deliveries: Deliveries;
  /** Null where nothing is looked for before it is created. */
  creations: CreationChecks | null;
  /** The route's policy for a dead letter. */
  onFailure(route: string): OnFailure;
  logger: Logger;
  /** Called when the outcome of an attempt is durable. */
  onSettled?: WorkerDeps["onSettled"] | undefined;
}

export function startDeliveryWorkers({ connections, ...deps }: DeliveryWorkersDeps): DeliveryWorkers {
  const stopping = new AbortController();
  const workers = connections.flatMap((target) => {
    const monthlyCap = openMonthlyCap({ ...deps, target });
    return Object.entries(target.connector.actions ?? {}).map(([name, action]) => ({
      queue: queueName(target.id, name),
      ...startWorker({ ...deps, target, name, action, monthlyCap }, stopping.signal),
    }));
  });
  return {
    wake(queues) {
      for (const worker of workers) if (queues.has(worker.queue)) worker.wake();
    },
    retryNow() {
      for (const worker of workers) worker.retryNow();
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled(workers.map(({ done }) => done));
    },
  };
}
