import type { Clock } from "@sidelight/model/clock.ts";
import type { Deliveries, NewDelivery } from "../deliveries/deliveryQueue.ts";
import type { Followed, Follower } from "../log/consumer.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { breather } from "../resilience/yieldToEventLoop.ts";
import { openListener } from "../signals/churnSignals.ts";
import { notedStanding, type Standing } from "../signals/healthState.ts";
import { deliveryOf } from "./match.ts";
import { type Document, type Knowledge, openDocument } from "./routeDocument.ts";
import type { RoutesInUse } from "./routes.ts";

export interface RouterDeps {
  log: TenantLog;
  clock: Clock;
  knowledge: Knowledge;
  deliveries: Deliveries;
  routes(): RoutesInUse;
  /** Told that deliveries were added. */
  onDeliveries(made: readonly NewDelivery[]): void;
}

/** Makes deliveries of events, and hears in tickets what is a risk. */
export function router(deps: RouterDeps): Follower {
  const { log, clock, knowledge } = deps;

  async function handle(events: LoggedEvent[]): Promise<Followed> {
    const breathe = breather();
    const { routes, settings, version } = deps.routes();
    const listener = openListener(log, settings.risk);
    const heard: Followed["events"] = [];
    const made: NewDelivery[] = [];
    for (const event of events.filter(isNews)) {
      await breathe();
      const document = openDocument(event, await knowledge.of(event), settings);
      for (const route of routes.filter((r) => r.matches(event.type))) {
        const delivery = await deliveryOf(route, event, document, version, { log, knowledge });
        if (delivery) made.push(delivery);
      }
      heard.push(...(await listener.hear(event, () => trendOf(document, log))));
    }
    const statements = await deps.deliveries.insert(made, clock.now());
    return { events: heard, statements, afterwards: () => deps.onDeliveries(made) };
  }

  return { name: "routing", batch: 500, handle };
}

/** How the customer's company was last noted to go, or the customer themselves. Whoever was never looked at is looked at now. */
async function trendOf(document: Document, log: TenantLog): Promise<Standing["trend"]> {
  const customer = await document.part("customer");
  const id = customer?.company?.id ?? customer?.id;
  if (id === undefined) return null;
  const noted = await notedStanding(log, id);
  if (noted) return noted.trend;
  const company = (await document.part("company")) as { health: Standing | null } | null;
  const health = company ? company.health : ((await document.part("health")) as Standing | null);
  return health?.trend ?? null;
}

/** Our own doing is told back to us, and so is what we knew already: neither is acted upon. */
export function isNews({ payload, type, schema_version }: LoggedEvent): boolean {
  if (!payload || payload.isEcho || type.endsWith(".imported")) return false;
  return schema_version === 1 || payload.record !== null || !isStateChange(type);
}

/** Events that say what a record has become. One whose version was known brought nothing. */
const isStateChange = (type: string): boolean =>
  /\.(created|updated|deleted|closed_\w+|reopened|\w+_changed|opted_\w+)$/.test(type);
