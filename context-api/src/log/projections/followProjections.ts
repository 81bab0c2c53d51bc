import { singleFlight } from "@sidelight/platform-kit/singleFlight.ts";
import type { SharedStore } from "../../store/store.ts";
import type { FollowedChanges, WriterClient } from "../writer/client.ts";
import { consumerName } from "./projector.ts";

/** Reads what other processes have projected and outdated. */
export interface ProjectionFollower {
  /** What is kept of the time before. Later calls of {@link onProjected} read what follows. */
  start(tenant: string): Promise<FollowedChanges>;
  /** Invalidations up to this number are stored. */
  onProjected(tenant: string, generation: number): void;
}

export function followProjections(shared: Pick<SharedStore, "changesSince">, writer: WriterClient): ProjectionFollower {
  /** The last number that was read, without a gap. */
  const lastRead = new Map<string, number>();
  const share = singleFlight<void>();

  writer.listen({
    onProjected({ tenant, generation }) {
      // What this process projected needs not to be read, unless another process was in between.
      if (generation !== null && generation === (lastRead.get(tenant) ?? 0) + 1) lastRead.set(tenant, generation);
    },
    onFollowed() {},
    onLost() {},
    onRecovered() {},
  });

  async function readOn(tenant: string, generation: number): Promise<void> {
    const after = lastRead.get(tenant);
    if (after === undefined || generation <= after) return;
    const changes = await shared.changesSince(tenant, consumerName, after);
    lastRead.set(tenant, Math.max(changes.generation, lastRead.get(tenant) ?? 0));
    writer.follow(tenant, { ...changes, hasGap: changes.floor > after });
  }

  return {
    async start(tenant) {
      const changes = await shared.changesSince(tenant, consumerName, 0);
      lastRead.set(tenant, changes.generation);
      return { ...changes, hasGap: true };
    },
    onProjected(tenant, generation) {
      if (generation <= (lastRead.get(tenant) ?? Number.POSITIVE_INFINITY)) return;
      // The database may be lost. The next poll repeats it.
      const next = () => share(tenant, () => readOn(tenant, generation)).catch(() => {});
      // A read that is under way may have missed this number.
      void next().then(() => {
        if (generation > (lastRead.get(tenant) ?? 0)) void next();
      });
    },
  };
}
