import type { EventStage, EventWithTrace } from "@sidelight/contracts/events/event.ts";
import type { CustomerRecords } from "../../context/customerRecords.ts";
import { eventCustomer, eventView, recordsAtEvent } from "../../context/eventViews.ts";
import type { PanelViews } from "../../context/panelViews.ts";
import type { Tenant } from "../../context/tenant.ts";
import type { LoggedEvent } from "../../log/listEvents.ts";
import { openReader } from "../../log/reader.ts";
import { findMembership, hasRecordVersion } from "../../store/tables/projections.ts";
import { iso } from "../instant.ts";
import { deliveryStages } from "./deliveryStages.ts";
import { routeOutcomes, skippedStages } from "./routeOutcomes.ts";

/** One event with the customer's key figures at that time, and the stages it has passed. */
export async function eventTrace(tenant: Tenant, panelViews: PanelViews, event: LoggedEvent): Promise<EventWithTrace> {
  const view = eventView(tenant, event, await eventCustomer(tenant, event));
  const records = await recordsAtEvent(tenant, event);
  const routes = await routeOutcomes(tenant.log, event);
  const trace = await stages(tenant, panelViews, event);
  return { ...view, context: records && keyFigures(event, records), trace: [...trace, ...skippedStages(event, routes)], routes };
}

function keyFigures(event: LoggedEvent, records: CustomerRecords): EventWithTrace["context"] {
  const activity = records.usage.flatMap((u) => u.data.lastActiveAt ?? []).sort();
  const values = records.company?.records.flatMap((r) => r.data.arr ?? []) ?? [];
  return {
    previousTickets: records.tickets.filter((t) => t.key !== event.key).length,
    accountValue: values[0] ?? null,
    lastProductUsage: activity.at(-1) ?? null,
  };
}

async function stages(tenant: Tenant, panelViews: PanelViews, event: LoggedEvent): Promise<EventStage[]> {
  const reader = openReader(tenant.log);
  const times = event.stages === null ? {} : (JSON.parse(event.stages) as Record<string, number>);
  const step = (
    stage: EventStage["stage"],
    instant: number | undefined,
    detail: string | null = null,
    panel: string | null = null,
  ) => (instant === undefined ? [] : [{ stage, at: iso(instant), detail, panel }]);
  const appendedAt = times["appendedAt"] ?? event.received_at;
  const membership = await findMembership(tenant.log.store, event.key);
  const isNewVersion = await hasRecordVersion(tenant.log.store, event.key, event.sequence);
  const targets = (await reader.records([event.key])).flatMap((r) => r.edges.map((e) => reader.key(e.to)));
  const nodes = [...(await reader.nodesOf([event.key, ...targets])).values()];
  const views = panelViews.firstAfter(event.sequence, [event.key, ...nodes]);
  return [
    ...step("received", event.received_at),
    ...step("verified", times["verifiedAt"]),
    ...step("parsed", times["parsedAt"]),
    ...step("appended", appendedAt),
    ...(nodes.length > 0 ? step("matched", appendedAt, membership?.rule ?? "a record that it refers to") : []),
    ...step("projected", appendedAt, isNewVersion ? "a new version of its record" : "no change of its record"),
    ...(await deliveryStages(tenant.log, event)),
    ...views.flatMap(({ panel, at }) => step("seen", at, null, panel)),
  ];
}
