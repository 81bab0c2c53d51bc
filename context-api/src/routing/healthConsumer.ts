import type { Follower } from "../log/consumer.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { breather } from "../resilience/yieldToEventLoop.ts";
import type { Derived } from "../signals/derived.ts";
import { bearsOnHealth, isFilling, turned } from "../signals/healthChanges.ts";
import type { Knowledge } from "./routeDocument.ts";
import { isNews } from "./router.ts";

/**
 * Watches how customers stand, apart from the routes: a pull that brings a day's use of everybody must not hold back a ticket.
 * Of a batch each customer is looked at once, as of the last event about them.
 */
export const standings = (log: TenantLog, knowledge: Knowledge): Follower => ({
  name: "standings",
  batch: 2_000,
  objects: knowledge.objectsOfHealth,
  async handle(events) {
    if (await isFilling(log)) return { events: [], statements: [] };
    const breathe = breather();
    const derived: Derived = { events: [], statements: [] };
    const last = new Map<string, { event: LoggedEvent; first: LoggedEvent }>();
    for (const event of events.filter((e) => isNews(e) && bearsOnHealth(e))) {
      await breathe();
      const customer = await knowledge.customerOf(event);
      if (customer) last.set(customer, { event, first: last.get(customer)?.first ?? event });
    }
    for (const [customer, { event, first }] of last) {
      await breathe();
      const health = await knowledge.standingAt(customer, event, event.sequence);
      const before = () => knowledge.standingAt(customer, first, first.sequence - 1);
      const { events: told, statements } = await turned(log, event, { customer, health, before });
      derived.events.push(...told);
      derived.statements.push(...statements);
    }
    return derived;
  },
});
