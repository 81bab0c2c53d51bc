import type { Clock } from "@sidelight/model/clock.ts";
import type { Deliveries, NewDelivery } from "../deliveries/deliveryQueue.ts";
import type { Consumer, ConsumerResult } from "../log/consumer.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { createEventLoopYielder } from "../resilience/yieldToEventLoop.ts";
import { openChurnDetector } from "../signals/churnSignals.ts";
import { type HealthState, loadHealthState } from "../signals/healthState.ts";
import { planDelivery, type ReadableEvent } from "./match.ts";
import { type CustomerDataSource, type Document, openDocument } from "./routeDocument.ts";
import type { ActiveRoutes } from "./routes.ts";

export interface RouterDeps {
  log: TenantLog;
  clock: Clock;
  customerData: CustomerDataSource;
  deliveries: Deliveries;
  routes(): ActiveRoutes;
  /** Called after new deliveries were committed. */
  onDeliveries(deliveries: readonly NewDelivery[]): void;
}

/** The consumer that turns events into deliveries and raises churn risks of tickets. */
export function createRouter(deps: RouterDeps): Consumer {
  const { log, clock, customerData } = deps;

  async function handle(events: LoggedEvent[]): Promise<ConsumerResult> {
    const yieldToEventLoop = createEventLoopYielder();
    const { routes, settings, version } = deps.routes();
    const churnDetector = openChurnDetector(log, settings.risk);
    const risks: ConsumerResult["events"] = [];
    const deliveries: NewDelivery[] = [];
    for (const event of events.filter(isRoutable)) {
      await yieldToEventLoop();
      const document = openDocument(event, await customerData.forEvent(event), settings);
      for (const route of routes.filter((r) => r.matches(event.type))) {
        const delivery = await planDelivery(route, event, document, version, { log, customerData });
        if (delivery) deliveries.push(delivery);
      }
      risks.push(...(await churnDetector.detect(event, () => healthTrend(document, log))));
    }
    const statements = await deps.deliveries.insert(deliveries, clock.now());
    return { events: risks, statements, onCommitted: () => deps.onDeliveries(deliveries) };
  }

  return { name: "routing", batch: 500, handle };
}

/** The stored health trend of the customer's company or of the customer; computed when none is stored yet. */
async function healthTrend(document: Document, log: TenantLog): Promise<HealthState["trend"]> {
  const customer = await document.part("customer");
  const id = customer?.company?.id ?? customer?.id;
  if (id === undefined) return null;
  const storedState = await loadHealthState(log, id);
  if (storedState) return storedState.trend;
  const company = (await document.part("company")) as { health: HealthState | null } | null;
  const health = company ? company.health : ((await document.part("health")) as HealthState | null);
  return health?.trend ?? null;
}

/** False for echoes of our own writes, for imported history, for changes we knew already, and for erased subjects. */
export function isRoutable(event: LoggedEvent): event is ReadableEvent {
  const { payload, type, schema_version } = event;
  if (!payload || payload.isEcho || type.endsWith(".imported")) return false;
  return schema_version === 1 || payload.record !== null || !isStateChange(type);
}

/** Types of events that carry a record's new state. Without a newer record version such an event brings nothing new. */
const isStateChange = (type: string): boolean =>
  /\.(created|updated|deleted|closed_\w+|reopened|\w+_changed|opted_\w+)$/.test(type);
