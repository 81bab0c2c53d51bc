import { changesBetween } from "../config/diff.ts";
import type { NewDelivery } from "../deliveries/deliveryQueue.ts";
import { type LoggedEvent, listEventsAfter } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { withCarriedRecord } from "../log/payload.ts";
import { churnSignalOf } from "../signals/churnSignals.ts";
import { firstSequenceSince } from "../store/tables/events.ts";
import { foreign } from "./echoes.ts";
import { asIfHappened } from "./history.ts";
import { planDelivery, type ReadableEvent } from "./match.ts";
import { type CustomerDataSource, openDocument } from "./routeDocument.ts";
import { isRoutable } from "./router.ts";
import type { ActiveRoutes } from "./routes.ts";

/** A delivery or derived event that differs between two versions of the routes. */
export interface Difference {
  event: { id: string; type: string; at: number };
  /** Null for a derived event. */
  route: string | null;
  /** `salesforce create-task` */
  what: string;
  kind: "added" | "removed" | "changed";
  /** Names of the fields that differ. Their values are personal and left out. */
  fields: string[];
}

export interface DryRun {
  events: number;
  /** Deliveries that are equal in both versions. */
  same: number;
  differences: Difference[];
  /** False when it ended before the last event. */
  isComplete: boolean;
}

interface DryRunDeps {
  log: TenantLog;
  customerData: CustomerDataSource;
  /** False ends the run before the next events; it reads all of them when left out. */
  mayContinue?: () => boolean;
}

const batchSize = 200;

/** Which events a dry run reads. */
export interface DryRunRange {
  /** Live events that were received since this instant, and history that happened since then; epoch ms. */
  since: number;
  /** True includes imported history. Each object counts as created, with the customer's data as of now. */
  hasHistory: boolean;
}

/** Compares what two versions of the routes make of past events. Sends and writes nothing. */
export async function dryRun(
  deps: DryRunDeps,
  { since, hasHistory }: DryRunRange,
  active: ActiveRoutes,
  next: ActiveRoutes,
): Promise<DryRun> {
  const result: DryRun = { events: 0, same: 0, differences: [], isComplete: true };
  const versions = { active: createVersion(active), next: createVersion(next) };
  let last = hasHistory ? 0 : await sequenceBefore(deps.log, since);
  for (;;) {
    const events = await listEventsAfter(deps.log, { after: last }, batchSize);
    const newest = events.at(-1);
    if (!newest) return result;
    if (deps.mayContinue?.() === false) return { ...result, isComplete: false };
    const live = events
      .map(withCarriedRecord)
      .filter(isRoutable)
      .filter((event) => event.received_at >= since);
    const history = hasHistory ? events.flatMap((event) => asIfHappened(event, since, deps.log.head())) : [];
    for (const event of [...history, ...live]) {
      result.events += 1;
      const activeDeliveries = await planDeliveries(event, versions.active, deps);
      compare(event, activeDeliveries, await planDeliveries(event, versions.next, deps), result);
      result.differences.push(...(await riskDifferences(event, deps.log, active, next)));
    }
    last = newest.sequence;
  }
}

interface Version {
  routes: ActiveRoutes;
  /** Ids planned so far: like the delivery table, a version counts each id once. */
  plannedIds: Set<string>;
}

const createVersion = (routes: ActiveRoutes): Version => ({ routes, plannedIds: new Set() });

/** Deliveries of one event, by route. */
async function planDeliveries(
  event: ReadableEvent,
  { routes: active, plannedIds }: Version,
  deps: DryRunDeps,
): Promise<Map<string, NewDelivery>> {
  const document = openDocument(event, await deps.customerData.forEvent(event), active.settings);
  const deliveries = new Map<string, NewDelivery>();
  for (const route of active.routes.filter((r) => r.matches(event.type))) {
    const plan = await planDelivery(route, event, document, { version: active.version, origin: foreign }, deps);
    if ("reason" in plan) continue;
    const { delivery } = plan;
    if (!plannedIds.has(delivery.id)) deliveries.set(route.id, delivery);
    plannedIds.add(delivery.id);
  }
  return deliveries;
}

function compare(event: LoggedEvent, active: Map<string, NewDelivery>, next: Map<string, NewDelivery>, result: DryRun): void {
  for (const route of new Set([...active.keys(), ...next.keys()])) {
    const [from, to] = [active.get(route), next.get(route)];
    const delivery = to ?? from;
    if (!delivery) continue;
    const fields = from && to ? changesBetween(comparable(from), comparable(to)).map(({ path }) => path.join(".")) : [];
    if (from && to && fields.length === 0) {
      result.same += 1;
      continue;
    }
    const kind = from && to ? "changed" : to ? "added" : "removed";
    const effectName = `${delivery.target} ${delivery.action}`;
    result.differences.push({ event: summary(event), route, what: effectName, kind, fields });
  }
}

const comparable = ({ target, action, state, input, message }: NewDelivery) => ({ target, action, state, message, input });

/** Other churn words raise risks for other tickets. */
async function riskDifferences(
  event: LoggedEvent,
  log: TenantLog,
  active: ActiveRoutes,
  next: ActiveRoutes,
): Promise<Difference[]> {
  const isRisk = async ({ settings }: ActiveRoutes) => (await churnSignalOf(event, settings.risk, log)).reasons.length > 0;
  const [wasRisk, willBeRisk] = [await isRisk(active), await isRisk(next)];
  if (wasRisk === willBeRisk) return [];
  const kind = willBeRisk ? "added" : "removed";
  return [{ event: summary(event), route: null, what: "customer.churn_risk.raised", kind, fields: [] }];
}

const summary = ({ event_id: id, type, received_at: at }: LoggedEvent) => ({ id, type, at });

async function sequenceBefore({ store }: TenantLog, since: number): Promise<number> {
  const first = await firstSequenceSince(store, since);
  return first === null ? Number.MAX_SAFE_INTEGER : first - 1;
}
