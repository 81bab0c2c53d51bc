import type { Clock } from "../simulators/clock.ts";
import type { Cause } from "../world/cause.ts";
import { REORDER_MS, reordered } from "./deliveries.ts";
import type { Job } from "./job.ts";

/** Where the webhooks of a reordered change wait for those that follow, to leave with them in another order. */
export interface Pools {
  /** False when the job has nothing to wait for. */
  take(job: Job, cause: Cause | null): boolean;
  drop(tenant: string): void;
}

interface Pool {
  jobs: Job[];
  endsAt: number;
}

export function createPools(deps: { clock: Clock; signal: AbortSignal; release(jobs: readonly Job[]): void }): Pools {
  const pools = new Map<string, Pool>();

  function open(tenant: string, cause: Cause): Pool {
    const pool: Pool = { jobs: [], endsAt: deps.clock.now() + REORDER_MS };
    pools.set(tenant, pool);
    void deps.clock
      .sleep(REORDER_MS, deps.signal)
      .catch(() => {})
      .then(() => {
        if (pools.get(tenant) === pool) pools.delete(tenant);
        if (!deps.signal.aborted) deps.release(reordered(pool.jobs, cause, tenant));
      });
    return pool;
  }

  return {
    take(job, cause) {
      const pool = pools.get(job.tenant) ?? (cause?.delivery === "reordered" ? open(job.tenant, cause) : null);
      if (!pool || job.dueAt > pool.endsAt) return false;
      // Its due time matters only to who reads the file after a restart.
      job.dueAt = pool.endsAt;
      pool.jobs.push(job);
      return true;
    },
    drop: (tenant) => void pools.delete(tenant),
  };
}
