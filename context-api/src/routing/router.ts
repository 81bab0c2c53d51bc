import type { RoutingSettings } from "../config/routing.ts";
import { type LoggedEvent, listEventsAfter } from "../events/list.ts";
import type { TenantLog } from "../events/log.ts";
import type { Clock } from "../operations/clock.ts";
import type { Logger } from "../operations/logger.ts";
import { breather } from "../resilience/breather.ts";
import { type Derived, type Deriver, openDeriver, type Situation } from "../signals/derive.ts";
import type { Deliveries, NewDelivery } from "./deliveries.ts";
import { type Document, type Knowledge, openDocument } from "./document.ts";
import { deliveryOf } from "./match.ts";
import { placeOf, savePlace } from "./place.ts";
import type { Route } from "./routes.ts";

export interface RouterDeps {
  log: TenantLog;
  clock: Clock;
  knowledge: Knowledge;
  deliveries: Deliveries;
  routes(): { routes: readonly Route[]; settings: RoutingSettings; version: string };
  /** Told that deliveries were added. */
  onDeliveries(made: readonly NewDelivery[]): void;
  logger: Logger;
}

const batch = 500;

/**
 * Follows the log and makes deliveries of its events, until the signal. The place in the log moves in the same commit as the
 * deliveries that came of it: cut off anywhere, no event is routed twice and none is left out.
 */
export async function followLog(deps: RouterDeps, signal: AbortSignal): Promise<void> {
  const { log, clock } = deps;
  let last = await placeOf(log);
  while (!signal.aborted) {
    const woken = new AbortController();
    const stop = log.onTouch(() => woken.abort());
    try {
      const events = await listEventsAfter(log, last, batch);
      if (events.length === 0) {
        await clock.sleep(5_000, AbortSignal.any([signal, woken.signal])).catch(() => {});
        continue;
      }
      await route(events, deps);
      last = events.at(-1)!.sequence;
    } catch (error) {
      if (signal.aborted) return;
      deps.logger.error({ err: error, tenant: log.tenant }, "events could not be routed; trying again");
      await clock.sleep(2_000, signal).catch(() => {});
    } finally {
      stop();
    }
  }
}

async function route(events: LoggedEvent[], deps: RouterDeps): Promise<void> {
  const { log, clock } = deps;
  const breathe = breather();
  const deriver = openDeriver(log, deps.routes().settings.risk);
  const made: NewDelivery[] = [];
  const derived: Derived = { events: [], statements: [] };
  for (const event of events.filter(isNews)) {
    await breathe();
    const told = await routeOne(event, deriver, deps);
    made.push(...told.deliveries);
    derived.events.push(...told.events);
    derived.statements.push(...told.statements);
  }
  const place = savePlace(log, events.at(-1)!.sequence, clock.now());
  const statements = [...(await deps.deliveries.insert(made, clock.now())), ...derived.statements, place];
  await log.commit({ events: derived.events, statements, correlationId: "routing" });
  if (made.length > 0) deps.onDeliveries(made);
}

/** The deliveries of an event, and the events that follow from it. */
async function routeOne(event: LoggedEvent, deriver: Deriver, { log, knowledge, routes }: RouterDeps) {
  const { routes: all, settings, version } = routes();
  const document = openDocument(event, await knowledge.of(event), settings);
  const deliveries: NewDelivery[] = [];
  for (const one of all.filter((r) => r.matches(event.type))) {
    const delivery = await deliveryOf(one, event, document, version, { log, knowledge });
    if (delivery) deliveries.push(delivery);
  }
  return { deliveries, ...(await deriver.derive(event, () => situationOf(event, document, knowledge))) };
}

async function situationOf(event: LoggedEvent, document: Document, knowledge: Knowledge): Promise<Situation> {
  return {
    customer: await document.part("customer"),
    health: (await document.part("health")) as Situation["health"],
    company: (await document.part("company")) as Situation["company"],
    before: (customer) => knowledge.standingBefore(event, customer),
  };
}

/** Our own doing is told back to us, and so is what we knew already: neither is acted upon. */
export function isNews({ payload, type, schema_version }: LoggedEvent): boolean {
  if (!payload || payload.isEcho || type.endsWith(".imported")) return false;
  return schema_version === 1 || payload.record !== null || !isStateChange(type);
}

/** Events that say what a record has become. One whose version was known brought nothing. */
const isStateChange = (type: string): boolean =>
  /\.(created|updated|deleted|closed_\w+|reopened|\w+_changed|opted_\w+)$/.test(type) && !type.startsWith("customer.");
