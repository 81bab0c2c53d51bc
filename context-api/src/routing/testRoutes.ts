import type { Clock } from "@sidelight/model/clock.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { openReader } from "../log/reader.ts";
import { foreign } from "./echoes.ts";
import { planDelivery, type ReadableEvent } from "./match.ts";
import { type CustomerDataSource, openDocument } from "./routeDocument.ts";
import type { ActiveRoutes, Route } from "./routes.ts";

/** What one route would make of an event. */
export interface RouteTrial {
  route: string;
  /** The type of event it was tried with. */
  eventType: string;
  target: string | null;
  action: string | null;
  /** `would_deliver`, or the reason why not: a state of the delivery, or a reason of routing/decisions.ts. */
  outcome: string;
  /** In words; null for a delivery. */
  detail: string | null;
  /** The input of the action; null without a delivery. Contains personal values. */
  payload: unknown;
}

export interface TrialDeps {
  log: TenantLog;
  clock: Clock;
  customerData: CustomerDataSource;
}

/** Tries all routes of a past event's type. Writes and sends nothing. */
export async function tryEvent(event: ReadableEvent, active: ActiveRoutes, deps: TrialDeps): Promise<RouteTrial[]> {
  const trials = active.routes.filter((route) => route.matches(event.type)).map((route) => tryRoute(route, event, active, deps));
  const disabledTrials = active.disabled
    .filter((route) => route.matches(event.type))
    .map(({ id }) => disabledTrial(id, event.type));
  return [...(await Promise.all(trials)), ...disabledTrials];
}

/**
 * Tries the routes of an object as it is now. Each route gets an event of the first of its types that the object can have.
 * @param type only routes of this event type; null for all
 * @returns null when the object is not in the store
 */
export async function tryObject(
  ref: string,
  type: string | null,
  active: ActiveRoutes,
  deps: TrialDeps,
): Promise<RouteTrial[] | null> {
  const { log, clock } = deps;
  const [record] = await openReader(log).records([log.key(ref)]);
  if (!record) return null;
  const { platform, object } = splitRef(ref);
  const eventOf = (eventType: string): ReadableEvent => ({
    tenant: log.tenant,
    sequence: log.head(),
    event_id: "evt_trial",
    type: eventType,
    schema_version: 1,
    timestamp: record.changedAt ?? clock.now(),
    received_at: clock.now(),
    ...{ platform, connection: record.connection, object, key: record.key, subject: record.key },
    ...{ correlation_id: "trial", deduplication_key: null, source_event_hash: null, stages: null },
    payload: {
      ref,
      record: {
        ref,
        changedAt: record.changedAt,
        deleted: false,
        identifiers: record.identifiers,
        edges: record.edges,
        data: record.data,
      },
      ...{ interaction: null, data: {}, isEcho: false },
    },
  });
  const prefix = `${platform}.${object}.`;
  const typeFor = ({ config, matches }: Route): string | null => {
    if (type !== null) return matches(type) ? type : null;
    const pattern = config.on.find((routeType) => matches(`${prefix}${changeOf(routeType)}`));
    return pattern === undefined ? null : `${prefix}${changeOf(pattern)}`;
  };
  const trials = active.routes.flatMap((route) => {
    const eventType = typeFor(route);
    return eventType === null ? [] : [tryRoute(route, eventOf(eventType), active, deps)];
  });
  const disabledTrials = active.disabled
    .filter(({ matches }) => matches(type ?? `${prefix}created`) || matches(`${prefix}updated`))
    .map(({ id }) => disabledTrial(id, type ?? `${prefix}*`));
  return [...(await Promise.all(trials)), ...disabledTrials];
}

/** The change of a pattern: `created` for `zendesk.ticket.*`. */
const changeOf = (pattern: string): string => pattern.slice(pattern.lastIndexOf(".") + 1).replaceAll("*", "") || "created";

async function tryRoute(route: Route, event: ReadableEvent, active: ActiveRoutes, deps: TrialDeps): Promise<RouteTrial> {
  const document = openDocument(event, await deps.customerData.forEvent(event), active.settings);
  const base = { route: route.id, eventType: event.type, target: route.target.id, action: route.config.do };
  const plan = await planDelivery(route, event, document, { version: active.version, origin: foreign }, deps);
  if ("reason" in plan) return { ...base, outcome: plan.reason.code, detail: plan.reason.detail, payload: null };
  const { state, message, input } = plan.delivery;
  return state === "waiting"
    ? { ...base, outcome: "would_deliver", detail: null, payload: input }
    : { ...base, outcome: state, detail: message, payload: null };
}

const disabledTrial = (route: string, eventType: string): RouteTrial => ({
  ...{ route, eventType, target: null, action: null, outcome: "disabled", detail: null, payload: null },
});

/** True for an event that can be tried. */
export const isTriable = (event: LoggedEvent): event is ReadableEvent => event.payload !== null;
