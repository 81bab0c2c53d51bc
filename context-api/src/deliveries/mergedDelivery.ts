import type { Effect } from "@sidelight/platform-kit/action.ts";
import type { ClaimedDelivery } from "./claim.ts";

/** Deliveries of one name that become one effect. */
export interface MergedDelivery {
  deliveries: ClaimedDelivery[];
  effect: Effect;
  /** The most of its deliveries, see {@link NewDelivery.hops}. */
  hops: number;
  /** Ref of the person or company that the newest of them is about. */
  about: string;
  /** Tier of the customer of the newest of them; empty without one. */
  tier: string;
}
