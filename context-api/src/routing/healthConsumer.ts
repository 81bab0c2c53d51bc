import type { Consumer } from "../log/consumer.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { yieldToEventLoop } from "../resilience/yieldToEventLoop.ts";
import type { Derived } from "../signals/derived.ts";
import { affectsHealth, deriveHealthChange, isBackfilling } from "../signals/healthChanges.ts";
import type { RiskSettings } from "../signals/risk.ts";
import type { CustomerDataSource } from "./routeDocument.ts";
import { isRoutable } from "./router.ts";

/**
 * Derives health changes, apart from the router: a pull that brings a day of usage must not delay the routing of a ticket.
 * Each customer of a batch is computed once, as of their last event.
 */
export const createHealthConsumer = (
  log: TenantLog,
  customerData: CustomerDataSource,
  settings: () => RiskSettings,
): Consumer => ({
  name: "health",
  batch: 2_000,
  objects: customerData.healthObjects,
  async handle(events) {
    if (await isBackfilling(log)) return { events: [], statements: [] };
    const result: Derived = { events: [], statements: [] };
    const byCustomer = new Map<string, { last: LoggedEvent; first: LoggedEvent }>();
    for (const event of events.filter((e) => isRoutable(e) && affectsHealth(e))) {
      await yieldToEventLoop();
      const customer = await customerData.healthCustomer(event);
      if (customer) byCustomer.set(customer, { last: event, first: byCustomer.get(customer)?.first ?? event });
    }
    for (const [customer, { last, first }] of byCustomer) {
      await yieldToEventLoop();
      const health = await customerData.healthAt(customer, last, last.sequence);
      const readPrevious = () => customerData.healthAt(customer, first, first.sequence - 1);
      const change = await deriveHealthChange(log, last, { customer, health, readPrevious }, settings());
      result.events.push(...change.events);
      result.statements.push(...change.statements);
    }
    return result;
  },
});
