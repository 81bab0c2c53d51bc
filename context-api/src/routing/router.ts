import type { AccountData } from "@sidelight/contracts/context/sections.ts";
import type { Clock } from "@sidelight/model/clock.ts";
import type { Deliveries, NewDelivery } from "../deliveries/deliveryQueue.ts";
import type { Consumer, ConsumerResult } from "../log/consumer.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { withCarriedRecord } from "../log/payload.ts";
import { yieldToEventLoop } from "../resilience/yieldToEventLoop.ts";
import { openChurnDetector, type RiskCustomer } from "../signals/churnDetector.ts";
import { ownPlatform } from "../signals/derived.ts";
import { chunks } from "../store/chunks.ts";
import type { Statement } from "../store/statement.ts";
import { openAlert } from "../store/tables/alerts.ts";
import { allRoutes, decisionStatement, type Reason, reason } from "./decisions.ts";
import { type EchoDeps, type Origin, openEchoes, stopMarker } from "./echoes.ts";
import { openExpressionLimits } from "./expressionLimits.ts";
import { expectedConsent, type Plan, planDelivery, type ReadableEvent } from "./match.ts";
import { isPulledChange, wasPulled } from "./pulledChanges.ts";
import { openRepeatCheck } from "./repeats.ts";
import { type CustomerDataSource, type Document, openDocument } from "./routeDocument.ts";
import type { ActiveRoutes, Route } from "./routes.ts";

export interface RouterDeps {
  log: TenantLog;
  clock: Clock;
  customerData: CustomerDataSource;
  deliveries: Deliveries;
  routes(): ActiveRoutes;
  signal: AbortSignal;
  isOwnChange: EchoDeps["isOwnChange"];
  /** Called after new deliveries were committed. */
  onDeliveries(deliveries: readonly NewDelivery[]): void;
}

/** Events that are planned together. */
const planningSize = 64;

/** Plans the next events while the caller works on the previous ones. */
async function* planAhead<T>(events: readonly LoggedEvent[], plan: (part: LoggedEvent[]) => Promise<T>): AsyncGenerator<T> {
  let planning: Promise<T> | null = null;
  for (const part of chunks(events, planningSize)) {
    const next = plan(part);
    // The caller gets the error when it takes this part.
    next.catch(() => {});
    if (planning) yield await planning;
    planning = next;
  }
  if (planning) yield await planning;
}

type OriginOf = Awaited<ReturnType<ReturnType<typeof openEchoes>["open"]>>;

/** What the routes make of an event. */
interface PlannedEvent {
  event: LoggedEvent;
  /** A pull reported the same change before. */
  isPulled: boolean;
  /** Null for an event that no route takes. */
  origin: Origin | null;
  /** Null for an event that is not planned. */
  document: Document | null;
  routes: readonly Route[];
  /** One for each of the routes. */
  plans: readonly Plan[];
}

/** The consumer that turns events into deliveries and raises churn risks. */
export function createRouter(deps: RouterDeps): Consumer {
  const { log, clock, customerData } = deps;
  const expressionLimits = openExpressionLimits(log);
  const echoes = openEchoes({ log, clock, signal: deps.signal, isOwnChange: deps.isOwnChange });

  async function handle(events: LoggedEvent[]): Promise<ConsumerResult> {
    const active = deps.routes();
    const churnDetector = openChurnDetector(log, active.settings.risk);
    const repeats = openRepeatCheck(log);
    const originOf = await echoes.open(events);
    const result: ConsumerResult = { events: [], statements: [] };
    const deliveries: NewDelivery[] = [];
    for await (const plannedEvents of planAhead(events, (part) => planEvents(part, active, originOf))) {
      const planned = plannedEvents.flatMap(({ plans }) =>
        plans.flatMap((plan) => ("delivery" in plan ? [plan.delivery.id] : [])),
      );
      await repeats.prefetch(planned);
      for (const plannedEvent of plannedEvents) await conclude(plannedEvent);
    }
    result.statements.push(...(await deps.deliveries.insert(deliveries, clock.now())));
    return { ...result, onCommitted: () => deps.onDeliveries(deliveries) };

    /** In the order of the events: it depends on what was decided about the events before. */
    async function conclude({ event, origin, isPulled, document, routes, plans }: PlannedEvent): Promise<void> {
      await yieldToEventLoop();
      const decisions = new Map<string, Reason>();
      result.statements.push(...(origin?.statements ?? []));
      if (isPulled) decisions.set(allRoutes, reason("already_known"));
      else if (origin?.of === "own") decisions.set(allRoutes, reason("echo"));
      else if (origin && document && isReadable(event)) {
        for (const [i, route] of routes.entries()) {
          const plan = plans[i];
          if (!plan) continue;
          result.statements.push(...expressionLimits.record(route, "exceeded" in plan && plan.exceeded === true, clock.now()));
          const skipReason = "reason" in plan ? plan.reason : await repeats.check(plan.delivery, clock.now());
          if (skipReason) decisions.set(route.id, skipReason);
          else if ("delivery" in plan) deliveries.push(plan.delivery);
          if (skipReason?.code === "loop") result.statements.push(...loopStatements(log, event, route, origin.hops, clock.now()));
        }
        for (const route of active.disabled) if (route.matches(event.type)) decisions.set(route.id, reason("disabled"));
        const risk = await churnDetector.detect(event, riskCustomer(event, document, customerData));
        result.events.push(...risk.events);
        result.statements.push(...risk.statements);
      }
      if (!isRouted(event.type, active)) return;
      const statement = decisionStatement(log.store, event, decisions, { config: active.version, now: clock.now() });
      if (statement) result.statements.push(statement);
    }
  }

  /** Plans events together, so that they share queries and messages to the evaluator. Nothing is decided from one event to the next. */
  async function planEvents(events: readonly LoggedEvent[], active: ActiveRoutes, originOf: OriginOf): Promise<PlannedEvent[]> {
    const origins: Pick<PlannedEvent, "event" | "isPulled" | "origin">[] = [];
    for (const loggedEvent of events) {
      await yieldToEventLoop();
      const event = withCarriedRecord(loggedEvent);
      const isPulled = await wasPulled(log, event);
      const isUnroutable = isPulled || unroutableReason(event) !== null;
      const origin = isUnroutable ? null : await originOf(loggedEvent, { isRouted: isRouted(event.type, active) });
      origins.push({ event, isPulled, origin });
    }
    await customerData.prefetchConsent(origins.flatMap((planned) => expectedConsents(planned, active)));
    return await Promise.all(
      origins.map(async ({ event, isPulled, origin }): Promise<PlannedEvent> => {
        const unplanned = { event, isPulled, origin, document: null, routes: [], plans: [] };
        if (isPulled || !origin || origin.of === "own" || !isReadable(event)) return unplanned;
        await yieldToEventLoop();
        const document = openDocument(event, await customerData.forEvent(event), active.settings);
        const routes = active.routes.filter((route) => route.matches(event.type));
        const plans = await Promise.all(
          routes.map((route) => planDelivery(route, event, document, { version: active.version, origin }, { log, customerData })),
        );
        return { ...unplanned, document, routes, plans };
      }),
    );
  }

  return { name: "routing", batch: 500, handle };
}

function expectedConsents({ event, origin }: Pick<PlannedEvent, "event" | "origin">, { routes }: ActiveRoutes): string[] {
  const { payload, type } = event;
  if (!payload || !origin || origin.of === "own") return [];
  return routes.flatMap((route) => (route.matches(type) ? (expectedConsent(route, payload) ?? []) : []));
}

/** True when a route, also a disabled one, takes events of the type. */
const isRouted = (type: string, { routes, disabled }: ActiveRoutes): boolean =>
  [...routes, ...disabled].some((route) => route.matches(type));

/** Opens an alert, and keeps the routes stopped until the object has not changed for a while. */
function loopStatements(log: TenantLog, { key }: LoggedEvent, { id, target }: Route, hops: number, now: number): Statement[] {
  const message = `The route ${id} was stopped: its deliveries and those of another route cause each other. Change one of their conditions.`;
  const alert = { kind: "route_loop", severity: "warning" as const, connection: target.id, subject: id, message };
  return [openAlert(log.store, alert, now), stopMarker(log, { key, route: id, hops, now })];
}

/** What the churn detector reads of the event's customer, when it needs it. */
const riskCustomer = (event: ReadableEvent, document: Document, customerData: CustomerDataSource): RiskCustomer => ({
  async id() {
    const { customer } = event.payload.data;
    return event.platform === ownPlatform && typeof customer === "string" ? customer : await customerData.healthCustomer(event);
  },
  async arr() {
    const account = (await document.part("account")) as AccountData | null;
    return account?.arr ?? null;
  },
});

/** False for echoes of our own writes, for imported history, for changes we knew already, and for erased subjects. */
export const isRoutable = (event: LoggedEvent): event is ReadableEvent => unroutableReason(event) === null;

const isReadable = (event: LoggedEvent): event is ReadableEvent => event.payload !== null;

/** Why no route takes an event, as far as the event shows it; null when routes take it. */
export function unroutableReason({ payload, type, schema_version }: LoggedEvent): Reason | null {
  if (type.endsWith(".imported")) return reason("imported");
  if (!payload) return reason("already_known");
  if (payload.isEcho) return reason("echo");
  // Values that no record contains are new with every event.
  const isNews = schema_version === 1 || payload.record !== null || payload.reported !== undefined;
  return isNews || payload.carriedRecord !== undefined || !isPulledChange(type) ? null : reason("already_known");
}
