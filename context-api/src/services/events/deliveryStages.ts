import type { EventStage } from "@sidelight/contracts/events/event.ts";
import { type Deliveries, openDeliveries } from "../../deliveries/deliveryQueue.ts";
import { findEvent, type LoggedEvent } from "../../log/listEvents.ts";
import type { TenantLog } from "../../log/log.ts";
import { ourselves } from "../../signals/derived.ts";

type Delivery = Awaited<ReturnType<Deliveries["list"]>>[number];

/**
 * Where an event was carried, and what follows from it: when that was decided, when it was done or given up, and when the platform
 * told of it itself.
 */
export async function deliveryStages(log: TenantLog, event: LoggedEvent): Promise<EventStage[]> {
  const deliveries = openDeliveries(log);
  const stages: EventStage[] = [];
  for (const cause of [event, ...(await derivedFrom(log, event))]) {
    if (cause !== event) stages.push(stage("derived", cause.received_at, cause.type));
    for (const delivery of (await deliveries.list({ limit: 100, event: cause.event_id })).reverse())
      stages.push(...(await stagesOf(log, delivery)));
  }
  return stages;
}

async function stagesOf(log: TenantLog, delivery: Delivery): Promise<EventStage[]> {
  const { route, target, state, cause, created_at, settled_at, ref } = delivery;
  const detail = `${route} → ${target}`;
  const routed = stage("routed", created_at, detail);
  if (settled_at === null) return [routed];
  const outcome = cause ? `${detail}: ${state}, ${cause}` : `${detail}: ${state}`;
  const confirmedAt = ref === null ? null : await toldAgain(log, delivery, ref);
  return [
    routed,
    stage("delivered", settled_at, outcome),
    ...(confirmedAt === null ? [] : [stage("confirmed", confirmedAt, detail)]),
  ];
}

const mostDerived = 20;

async function derivedFrom(log: TenantLog, { key, sequence, event_id }: LoggedEvent): Promise<LoggedEvent[]> {
  const rows = await log.store
    .from("events")
    .select("event_id")
    .where("key", "=", key)
    .where("sequence", ">", sequence)
    .where("platform", "=", ourselves)
    .orderBy("sequence")
    .limit(mostDerived)
    .execute();
  const events = await Promise.all(rows.map((row) => findEvent(log, row.event_id)));
  return events.filter((e) => e !== null).filter((e) => e.payload?.data["causedBy"] === event_id);
}

/** When the target first told of what was written, by a webhook or to a pull; null when it hasn't yet. */
async function toldAgain({ store, key }: TenantLog, delivery: Delivery, ref: string): Promise<number | null> {
  const row = await store
    .from("events")
    .select("received_at")
    .where("key", "=", key(ref))
    .where("sequence", ">", delivery.sequence)
    .where("connection", "=", delivery.target)
    .where("received_at", ">=", delivery.created_at)
    .orderBy("sequence")
    .limit(1)
    .executeTakeFirst();
  return row?.received_at ?? null;
}

const stage = (name: EventStage["stage"], at: number, detail: string): EventStage => ({
  stage: name,
  at: new Date(at).toISOString(),
  detail,
  panel: null,
});
