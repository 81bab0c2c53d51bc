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
import { type SpanStart, withSpan } from "../telemetry/spans.ts";
import type { CanaryRoutes } from "./canary/canary.ts";
import { allRoutes, decisionStatement, type Reason, type ReasonCode, reason } from "./decisions.ts";
import { type EchoDeps, type Origin, openEchoes, stopMarker } from "./echoes.ts";
import { openExpressionLimits } from "./expressionLimits.ts";
import { expectedConsent, type Plan, planDelivery, type ReadableEvent } from "./match.ts";
import { isPulledChange, wasPulled } from "./pulledChanges.ts";
import { openRepeatCheck } from "./repeats.ts";
import { type CustomerDataSource, type Document, openDocument } from "./routeDocument.ts";
import type { ActiveRoutes, Route } from "./routes.ts";
import { openTier } from "./tiers.ts";

export interface RouterDeps {
  log: TenantLog;
  clock: Clock;
  customerData: CustomerDataSource;
  deliveries: Deliveries;
  routes(): ActiveRoutes;
  signal: AbortSignal;
  isOwnChange: EchoDeps["isOwnChange"];
  /** The routes that take a part of the events instead; null while none are tried. */
  canary?: (() => CanaryRoutes | null) | undefined;
  /** Called after new deliveries were committed. */
  onDeliveries(deliveries: readonly NewDelivery[]): void;
  /** The same for all decisions: `delivery`, or why a route made none. */
  onDecisions?: ((decisions: readonly RouteDecision[]) => void) | undefined;
}

export interface RouteDecision {
  route: string;
  decision: ReasonCode | "delivery";
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
  /** The version that handles the event. */
  version: ActiveRoutes;
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
    const canary = deps.canary?.() ?? null;
    const churnDetector = openChurnDetector(log, active.settings.risk);
    const repeats = openRepeatCheck(log);
    const originOf = await echoes.open(events);
    const result: ConsumerResult = { events: [], statements: [] };
    const deliveries: NewDelivery[] = [];
    const reasons: RouteDecision[] = [];
    for await (const plannedEvents of planAhead(events, (part) => planEvents(part, { active, canary }, originOf))) {
      const planned = plannedEvents.flatMap(({ plans }) =>
        plans.flatMap((plan) => ("delivery" in plan ? [plan.delivery.id] : [])),
      );
      await repeats.prefetch(planned);
      for (const plannedEvent of plannedEvents) await conclude(plannedEvent);
    }
    result.statements.push(...(await deps.deliveries.insert(deliveries, clock.now())));
    return {
      ...result,
      onCommitted() {
        deps.onDeliveries(deliveries);
        deps.onDecisions?.([...reasons, ...deliveries.map(({ route }) => ({ route, decision: "delivery" as const }))]);
      },
    };

    /** In the order of the events: it depends on what was decided about the events before. */
    async function conclude({ event, origin, isPulled, document, version, routes, plans }: PlannedEvent): Promise<void> {
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
        for (const route of version.disabled) if (route.matches(event.type)) decisions.set(route.id, reason("disabled"));
        const risk = await churnDetector.detect(event, riskCustomer(event, document, customerData));
        result.events.push(...risk.events);
        result.statements.push(...risk.statements);
      }
      if (!isRouted(event.type, version)) return;
      const statement = decisionStatement(log.store, event, decisions, { config: version.version, now: clock.now() });
      if (statement) result.statements.push(statement);
      for (const [route, { code }] of decisions) reasons.push({ route, decision: code });
    }
  }

  /** Plans events together, so that they share queries and messages to the evaluator. Nothing is decided from one event to the next. */
  async function planEvents(
    events: readonly LoggedEvent[],
    { active, canary }: { active: ActiveRoutes; canary: CanaryRoutes | null },
    originOf: OriginOf,
  ): Promise<PlannedEvent[]> {
    const isAnyRouted = (type: string): boolean => isRouted(type, active) || (canary !== null && isRouted(type, canary.routes));
    const origins: Pick<PlannedEvent, "event" | "isPulled" | "origin">[] = [];
    for (const loggedEvent of events) {
      await yieldToEventLoop();
      const event = withCarriedRecord(loggedEvent);
      const isPulled = await wasPulled(log, event);
      const isUnroutable = isPulled || unroutableReason(event) !== null;
      const origin = isUnroutable ? null : await originOf(loggedEvent, { isRouted: isAnyRouted(event.type) });
      origins.push({ event, isPulled, origin });
    }
    await customerData.prefetchConsent(origins.flatMap((planned) => expectedConsents(planned, active)));
    return await Promise.all(
      origins.map(async ({ event, isPulled, origin }): Promise<PlannedEvent> => {
        const unplanned = { event, isPulled, origin, document: null, version: active, routes: [], plans: [] };
        if (isPulled || !origin || origin.of === "own" || !isReadable(event)) return unplanned;
        await yieldToEventLoop();
        const data = await customerData.forEvent(event);
        const activeDocument = openDocument(event, data, active.settings);
        const version = canary !== null && (await canary.takes(event, activeDocument)) ? canary.routes : active;
        const document = version === active ? activeDocument : openDocument(event, data, version.settings);
        const routes = version.routes.filter((route) => route.matches(event.type));
        const tierOf = openTier(version.tiers ?? [], document);
        const plans = await Promise.all(
          routes.map((route) =>
            planDelivery(route, event, document, { version: version.version, origin, tierOf }, { log, customerData }),
          ),
        );
        return { ...unplanned, document, version, routes, plans };
      }),
    );
  }

  const describe = (events: readonly LoggedEvent[]): SpanStart => ({
    kind: "consumer",
    attributes: { "sidelight.tenant": log.tenant, "messaging.batch.message_count": events.length },
  });
  return {
    name: "routing",
    batch: 500,
    handle: (events) =>
      withSpan(
        "route events",
        () => describe(events),
        () => handle(events),
      ),
  };
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
