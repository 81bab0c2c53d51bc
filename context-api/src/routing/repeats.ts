import type { NewDelivery } from "../deliveries/deliveryQueue.ts";
import type { TenantLog } from "../log/log.ts";
import { existingDeliveries, listNewestOfNames } from "../store/tables/deliveries.ts";
import { type Reason, reason } from "./decisions.ts";

/** A delivery counts for a day: the target may have been changed by other means. */
const unchangedMs = 24 * 3_600_000;

/** What is compared with the deliveries before it. */
type Planned = Pick<NewDelivery, "id" | "route" | "name" | "inputHash" | "state" | "hops">;

/** Finds deliveries that would change nothing, among those of the store and of the current batch. */
export interface RepeatCheck {
  /** Reads which deliveries exist already, before they are checked. */
  prefetch(ids: readonly string[]): Promise<void>;
  /** The reason to leave a delivery out; null when it must be made. */
  check(delivery: Planned, now: number): Promise<Reason | null>;
}

export function openRepeatCheck({ store }: TenantLog): RepeatCheck {
  /** Of the store and of the current batch. */
  const takenIds = new Set<string>();
  const newestByName = new Map<string, Pick<NewDelivery, "route" | "inputHash">>();

  async function newestOf(name: string, now: number): Promise<Pick<NewDelivery, "route" | "inputHash"> | null> {
    const plannedDelivery = newestByName.get(name);
    if (plannedDelivery) return plannedDelivery;
    const storedDelivery = (await listNewestOfNames(store, [name])).get(name);
    if (!storedDelivery || !["waiting", "done"].includes(storedDelivery.state) || storedDelivery.created_at < now - unchangedMs)
      return null;
    return { route: storedDelivery.route, inputHash: storedDelivery.input_hash };
  }

  return {
    async prefetch(ids) {
      for (const id of await existingDeliveries(store, ids)) takenIds.add(id);
    },
    async check({ id, route, name, inputHash, state, hops }, now) {
      if (takenIds.has(id)) return reason("duplicate");
      takenIds.add(id);
      if (state !== "waiting" || name === null) return null;
      // Only an event that one of our deliveries may have caused: others may follow a change of the target that nothing reported.
      const newest = hops > 0 ? await newestOf(name, now) : null;
      if (newest?.route === route && newest.inputHash !== null && newest.inputHash === inputHash) return reason("unchanged");
      newestByName.set(name, { route, inputHash });
      return null;
    },
  };
}
