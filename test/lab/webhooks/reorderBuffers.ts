import type { Clock } from "../simulators/clock.ts";
import type { Cause } from "../world/cause.ts";
import { REORDER_MS, reordered } from "./deliveries.ts";
import type { Job } from "./job.ts";

/** Buffers the webhooks of a reordered change and of the next changes, then releases them in another order. */
export interface ReorderBuffers {
  /** False when the job does not need to wait. */
  take(job: Job, cause: Cause | null): boolean;
  drop(tenant: string): void;
}

interface ReorderBuffer {
  jobs: Job[];
  endsAt: number;
}

export function createReorderBuffers(deps: {
  clock: Clock;
  signal: AbortSignal;
  release(jobs: readonly Job[]): void;
}): ReorderBuffers {
  const buffers = new Map<string, ReorderBuffer>();

  function open(tenant: string, cause: Cause): ReorderBuffer {
    const buffer: ReorderBuffer = { jobs: [], endsAt: deps.clock.now() + REORDER_MS };
    buffers.set(tenant, buffer);
    void deps.clock
      .sleep(REORDER_MS, deps.signal)
      .catch(() => {})
      .then(() => {
        if (buffers.get(tenant) === buffer) buffers.delete(tenant);
        if (!deps.signal.aborted) deps.release(reordered(buffer.jobs, cause, tenant));
      });
    return buffer;
  }

  return {
    take(job, cause) {
      const buffer = buffers.get(job.tenant) ?? (cause?.delivery === "reordered" ? open(job.tenant, cause) : null);
      if (!buffer || job.dueAt > buffer.endsAt) return false;
      // The due time is used only after a restart.
      job.dueAt = buffer.endsAt;
      buffer.jobs.push(job);
      return true;
    },
    drop: (tenant) => void buffers.delete(tenant),
  };
}
