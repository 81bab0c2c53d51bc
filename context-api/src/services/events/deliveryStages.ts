import type { EventStage } from "@sidelight/contracts/events/event.ts";
import { type Deliveries, openDeliveries } from "../../deliveries/deliveryQueue.ts";
import { findEvent, type LoggedEvent } from "../../log/listEvents.ts";
import type { TenantLog } from "../../log/log.ts";
import { ownPlatform } from "../../signals/derived.ts";
import { firstReportedAt, listEventIdsAfter } from "../../store/tables/events.ts";
import { iso } from "../instant.ts";

type Delivery = Awaited<ReturnType<Deliveries["list"]>>[number];

/** The deliveries of an event and of the events derived from it: when each was routed, delivered and confirmed by its target. */
export async function deliveryStages(log: TenantLog, event: LoggedEvent): Promise<EventStage[]> {
  const deliveries = openDeliveries(log);
  const stages: EventStage[] = [];
  for (const cause of [event, ...(await derivedEvents(log, event))]) {
    if (cause !== event) stages.push(stage("derived", cause.received_at, cause.type));
    for (const delivery of (await deliveries.list({ limit: 100, event: cause.event_id })).reverse())
      stages.push(...(await stagesOf(log, delivery)));
  }
  return stages;
}

async function stagesOf(log: TenantLog, delivery: Delivery): Promise<EventStage[]> {
  const { route, target, state, cause, created_at, settled_at, ref } = delivery;
  const detail = `${route} → ${target}`;
  const routedStage = stage("routed", created_at, detail);
  if (settled_at === null) return [routedStage];
  const outcome = cause ? `${detail}: ${state}, ${cause}` : `${detail}: ${state}`;
  const confirmedAt = ref === null ? null : await confirmationTime(log, delivery, ref);
  return [
    routedStage,
    stage("delivered", settled_at, outcome),
    ...(confirmedAt === null ? [] : [stage("confirmed", confirmedAt, detail)]),
  ];
}

const maxDerived = 20;

async function derivedEvents(log: TenantLog, { key, sequence, event_id }: LoggedEvent): Promise<LoggedEvent[]> {
  const ids = await listEventIdsAfter(log.store, { key, sequence, platform: ownPlatform }, maxDerived);
  const events = await Promise.all(ids.map((id) => findEvent(log, id)));
  return events.filter((e) => e !== null).filter((e) => e.payload?.data["causedBy"] === event_id);
}

/** When the target first reported the written record, by a webhook or to a pull; null when it has not. */
const confirmationTime = ({ store, key }: TenantLog, { sequence, target, created_at }: Delivery, ref: string) =>
  firstReportedAt(store, { key: key(ref), sequence, connection: target }, created_at);

const stage = (name: EventStage["stage"], instant: number, detail: string): EventStage => ({
  stage: name,
  at: iso(instant),
  detail,
  panel: null,
});
