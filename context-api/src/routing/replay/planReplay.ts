import type { NewDelivery } from "../../deliveries/deliveryQueue.ts";
import type { LoggedEvent } from "../../log/listEvents.ts";
import type { TenantLog } from "../../log/log.ts";
import { withCarriedRecord } from "../../log/payload.ts";
import { findDelivery, listNewestOfNames } from "../../store/tables/deliveries.ts";
import { allRoutes, type Decisions, type ReasonCode, readDecisions } from "../decisions.ts";
import { foreign } from "../echoes.ts";
import { asIfHappened } from "../history.ts";
import { planDelivery, type ReadableEvent } from "../match.ts";
import { type CustomerDataSource, openDocument } from "../routeDocument.ts";
import { isRoutable } from "../router.ts";
import type { ActiveRoutes, Route } from "../routes.ts";

/** Which past events are routed again, and to what. Instants are epoch ms. */
export interface ReplayScope {
  /** Id of the target connection. */
  target: string;
  /** Null for all routes to the target. */
  route: string | null;
  /** Exact type of the events; null for all. */
  type: string | null;
  /** Platform of the events; null for all. */
  source: string | null;
  /** Events that were received at or after it; of history, objects that were created since. */
  since: number;
  /** Events that were received before it; null for no limit. */
  until: number | null;
  /** True includes imported history: each object counts as created, with the customer's data as of now. */
  hasHistory: boolean;
  /** True sends deliveries that have ended again, with what the routes make of the event now. */
  isRepeat: boolean;
}

/** Why a past event leads to no delivery. */
export type ReplaySkip =
  | ReasonCode
  /** The delivery waits or is blocked: it will be sent anyway. */
  | "waiting"
  /** The person withdrew consent. */
  | "withheld"
  /** The route's mapping fails for this event. */
  | "misconfigured"
  /** A newer event wrote to the same record: this one would set it back. */
  | "superseded";

/** What became of the events. */
export interface ReplayCounts {
  events: number;
  deliveries: number;
  /** Of the deliveries, those that were made before. */
  repeated: number;
  skipped: Partial<Record<ReplaySkip, number>>;
}

export const noCounts = (): ReplayCounts => ({ events: 0, deliveries: 0, repeated: 0, skipped: {} });

/** What one route would send for one past event. */
export interface ReplayedDelivery {
  delivery: NewDelivery;
  /** True for a delivery that was made before. */
  isRepeated: boolean;
}

export interface ReplayDeps {
  log: TenantLog;
  customerData: CustomerDataSource;
}

/** Plans one past event, and counts what became of it. Writes nothing. */
export type ReplayPlanner = (event: LoggedEvent, active: ActiveRoutes, counts: ReplayCounts) => Promise<ReplayedDelivery[]>;

/** The routes that a replay uses. */
export const routesOfScope = ({ routes }: ActiveRoutes, { target, route }: Pick<ReplayScope, "target" | "route">): Route[] =>
  routes.filter((candidate) => candidate.target.id === target && (route === null || candidate.id === route));

/** A planner counts each delivery once, like the table of deliveries. */
export function createReplayPlanner({ log, customerData }: ReplayDeps, scope: ReplayScope): ReplayPlanner {
  const plannedIds = new Set<string>();

  return async (loggedEvent, active, counts) => {
    const plans: ReplayedDelivery[] = [];
    for (const event of eventsInScope(loggedEvent)) {
      const routes = routesOfScope(active, scope).filter((route) => route.matches(event.type));
      if (routes.length === 0) continue;
      counts.events += 1;
      const decisions = event.type === loggedEvent.type ? (await readDecisions(log.store, event))?.decisions : undefined;
      plans.push(...(await planEvent(event, routes, { active, decisions }, counts)));
    }
    return plans;
  };

  function eventsInScope(loggedEvent: LoggedEvent): ReadableEvent[] {
    const { platform, received_at } = loggedEvent;
    if (scope.source !== null && platform !== scope.source) return [];
    if (scope.until !== null && received_at >= scope.until) return [];
    const event = withCarriedRecord(loggedEvent);
    const live = isRoutable(event) && received_at >= scope.since ? [event] : [];
    const history = scope.hasHistory ? asIfHappened(event, scope.since, log.head()) : [];
    return [...live, ...history].filter(({ type }) => scope.type === null || type === scope.type);
  }

  async function planEvent(
    event: ReadableEvent,
    routes: readonly Route[],
    { active, decisions }: { active: ActiveRoutes; decisions: Decisions | undefined },
    counts: ReplayCounts,
  ): Promise<ReplayedDelivery[]> {
    const skip = (reason: ReplaySkip): [] => {
      counts.skipped[reason] = (counts.skipped[reason] ?? 0) + 1;
      return [];
    };
    const ofAllRoutes = decisions?.get(allRoutes);
    if (ofAllRoutes) return skip(ofAllRoutes.code);
    const document = openDocument(event, await customerData.forEvent(event), active.settings);
    const plans: ReplayedDelivery[] = [];
    for (const route of routes) {
      const decision = decisions?.get(route.id)?.code;
      if (decision === "echo" || decision === "loop") {
        skip(decision);
        continue;
      }
      const plan = await planDelivery(
        route,
        event,
        document,
        { version: active.version, origin: foreign },
        { log, customerData },
      );
      if ("reason" in plan) {
        skip(plan.reason.code);
        continue;
      }
      const { delivery } = plan;
      const earlier = await findDelivery(log.store, delivery.id);
      const skipReason = await skipOf(delivery, event, earlier?.state ?? null);
      if (skipReason === null) plans.push({ delivery, isRepeated: earlier !== null });
      else skip(skipReason);
      plannedIds.add(delivery.id);
    }
    counts.deliveries += plans.length;
    counts.repeated += plans.filter(({ isRepeated }) => isRepeated).length;
    return plans;
  }

  /** @param earlierState of the same delivery; null when it was never made */
  async function skipOf(
    { id, name, state }: NewDelivery,
    event: ReadableEvent,
    earlierState: string | null,
  ): Promise<ReplaySkip | null> {
    if (state === "withheld") return "withheld";
    if (state !== "waiting") return "misconfigured";
    if (plannedIds.has(id) || (earlierState !== null && !scope.isRepeat)) return "duplicate";
    if (earlierState === "waiting" || earlierState === "blocked") return "waiting";
    const newest = name === null ? undefined : (await listNewestOfNames(log.store, [name])).get(name);
    return newest !== undefined && newest.sequence > event.sequence ? "superseded" : null;
  }
}
