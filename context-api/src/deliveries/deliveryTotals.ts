import type { Outcome } from "@sidelight/platform-kit/action.ts";
import { hourOf, type UsageTotal } from "../store/tables/usageTotals.ts";
import type { ClaimedDelivery } from "./claim.ts";

export interface SentBatch {
  target: string;
  action: string;
  /** Effects with the deliveries that they were merged of. */
  settlements: readonly { deliveries: readonly Pick<ClaimedDelivery, "route">[]; tier: string; outcome: Outcome }[];
}

/** What a batch adds to the totals of an hour: a row for each route and tier with what it delivered, and one with the batch itself. */
export function totalsOfBatch({ target, action, settlements }: SentBatch, now: number): UsageTotal[] {
  const place = { hour: hourOf(now), kind: "delivery", connection: target, name: action };
  const totals = new Map<string, UsageTotal>();
  for (const { deliveries, tier, outcome } of settlements) {
    if (outcome.state !== "done") continue;
    for (const { route } of deliveries) {
      const name = `${route}\n${tier}`;
      const total = totals.get(name) ?? { ...place, route, customer_tier: tier, records: 0, events: 0, calls: 0 };
      totals.set(name, { ...total, records: total.records + 1 });
    }
    // Deliveries of several routes become one effect only if they have one name: the newest one counts.
    const last = totals.get(`${deliveries.at(-1)?.route}\n${tier}`);
    if (last) last.events += 1;
  }
  return [...totals.values(), { ...place, route: "", customer_tier: "", records: 0, events: 0, calls: 1 }];
}
