import type { Clock } from "@sidelight/model/clock.ts";
import type { TenantLog } from "../../log/log.ts";
import { type FailedRequestRow, findFailedRequest, insertFailedRequests } from "../../store/tables/failedRequests.ts";
import { createDelayedFlush } from "./delayedFlush.ts";

/** Failures are stored this long after the first of them. */
const flushMs = 2_000;
/** Stored in one step. A client that repeats a wrong request must not fill the store. */
const maxPending = 100;

/** Requests that were answered with an error, to find their cause by the id that a person sees. */
export interface FailedRequests {
  add(row: FailedRequestRow): void;
  find(requestId: string): Promise<FailedRequestRow | null>;
  flush(): Promise<void>;
}

interface FailedRequestsDeps {
  log: Pick<TenantLog, "store" | "append">;
  clock: Pick<Clock, "sleep">;
}

export function createFailedRequests({ log, clock }: FailedRequestsDeps): FailedRequests {
  let pending = new Map<string, FailedRequestRow>();
  const schedule = createDelayedFlush({ clock, delayMs: flushMs, hasPending: () => pending.size > 0, flush });

  async function flush(): Promise<void> {
    if (pending.size === 0) return;
    const rows = pending;
    pending = new Map();
    try {
      await log.append({ statements: [insertFailedRequests(log.store, [...rows.values()])], correlationId: "requests" });
    } catch (error) {
      // The store is lost: these failures are the ones to find later.
      pending = new Map([...rows, ...pending]);
      throw error;
    }
  }

  return {
    add(row) {
      if (pending.size >= maxPending || pending.has(row.request_id)) return;
      pending.set(row.request_id, row);
      schedule();
    },
    find: async (requestId) => pending.get(requestId) ?? (await findFailedRequest(log.store, requestId)),
    flush,
  };
}
