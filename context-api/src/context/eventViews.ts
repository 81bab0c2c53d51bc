import type { Event, ListedEvent } from "@sidelight/contracts/events/event.ts";
import { isoInstant } from "@sidelight/model/instant.ts";
import { parseRef, splitRef } from "@sidelight/model/refs.ts";
import { openBatchingReader } from "../log/batchingReader.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import { deletedEdges, type EventPayload } from "../log/payload.ts";
import { openReader, type Reader } from "../log/reader.ts";
import { yieldToEventLoop } from "../resilience/yieldToEventLoop.ts";
import { loadChosenRecords } from "./chosenRecords.ts";
import { type CustomerRecords, companyOf, recordsOfPerson, sortByRank } from "./customerRecords.ts";
import { loadRecords } from "./loadRecords.ts";
import { recordRank } from "./recordRank.ts";
import { type Resolution, resolve, resolveEdges } from "./resolve.ts";
import { companySurvivor, personSurvivor } from "./survivorship.ts";
import type { Tenant } from "./tenant.ts";

/**
 * Events as the API returns them, with the customer each belongs to today. The customers of all events are looked up together. An
 * event that cannot be shown is an item with a problem, so that a list stays readable.
 */
export async function eventViews(tenant: Tenant, events: readonly LoggedEvent[]): Promise<ListedEvent[]> {
  const reader = openBatchingReader(tenant.log);
  const customers = new Map<string, Promise<Event["customer"]>>();
  const views: Promise<ListedEvent>[] = [];
  for (const event of events) {
    await yieldToEventLoop();
    const customer = customers.get(event.key) ?? findCustomer(tenant, reader, event);
    customers.set(event.key, customer);
    const view = customer.then((value) => (event.isDamaged ? incompleteView(tenant, event) : eventView(tenant, event, value)));
    views.push(view.catch(() => incompleteView(tenant, event)));
  }
  return await Promise.all(views);
}

/** The columns of an event whose content cannot be shown. */
const incompleteView = (tenant: Tenant, event: LoggedEvent): ListedEvent => ({
  ...eventView(tenant, { ...event, payload: null }, null),
  problem: "The content of this event cannot be read. Restore it from a backup, or ignore the event.",
});

/** The customer an event belongs to today. */
export const eventCustomer = (tenant: Tenant, event: LoggedEvent): Promise<Event["customer"]> =>
  findCustomer(tenant, openReader(tenant.log), event);

export function eventView(tenant: Tenant, event: LoggedEvent, customer: Event["customer"]): Event {
  const { payload } = event;
  return {
    eventId: event.event_id,
    eventType: event.type,
    timestamp: isoInstant(event.timestamp),
    receivedAt: isoInstant(event.received_at),
    sequence: event.sequence,
    tenant: tenant.id,
    schemaVersion: event.schema_version,
    correlationId: event.correlation_id,
    source: {
      platform: event.platform,
      connection: event.connection,
      objectType: event.object,
      objectId: payload && splitRef(payload.ref).id,
      sourceEventId: payload?.sourceEventId ?? null,
    },
    customer,
    interaction: payload?.interaction ?? null,
    data: payload ? limitDepth(payload.data) : {},
  };
}

/** Levels of an event's data that are shown. Earlier releases stored deeper data, which no answer could contain. */
const maxDepth = 64;

function limitDepth(data: Record<string, unknown>): Record<string, unknown> {
  return copy(data, 0) as Record<string, unknown>;

  function copy(value: unknown, depth: number): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (depth >= maxDepth) return null;
    if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1));
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copy(item, depth + 1)]));
  }
}

/** The customer's records as they were when the event was appended; null for an unknown customer. */
export const recordsAtEvent = (tenant: Tenant, event: LoggedEvent): Promise<CustomerRecords | null> =>
  findRecords(tenant, openReader(tenant.log, { at: event.sequence }), event);

/** The customer of an event's object. A deleted object leads to its customer by what it pointed at. Null for an unusable ref. */
export async function resolveEvent(tenant: Tenant, reader: Reader, payload: EventPayload): Promise<Resolution | null> {
  const edges = deletedEdges(payload);
  if (edges) return await resolveEdges(reader, edges);
  const ref = parseRef(payload.ref, tenant.platforms);
  return "problem" in ref ? null : await resolve(reader, ref);
}

async function findRecords(tenant: Tenant, reader: Reader, { payload }: LoggedEvent): Promise<CustomerRecords | null> {
  const resolution = payload && (await resolveEvent(tenant, reader, payload));
  return resolution?.state === "resolved" ? await loadRecords(reader, resolution, recordRank(tenant)) : null;
}

/** Reads the person and their company only, not what the customer did. */
async function findCustomer(tenant: Tenant, reader: Reader, { payload }: LoggedEvent): Promise<Event["customer"]> {
  const resolution = payload && (await resolveEvent(tenant, reader, payload));
  if (resolution?.state !== "resolved") return null;
  const rank = recordRank(tenant);
  const people = resolution.kind === "person" ? await recordsOfPerson(reader, resolution.node) : [];
  const company = await companyOf(reader, resolution, rank);
  const chosen = await loadChosenRecords(reader, [resolution.node, ...(company ? [company.node] : [])]);
  const survivorship = { rules: tenant.config.identity.survivorship, chosen };
  return {
    id: `${resolution.kind}:${resolution.node}`,
    email: personSurvivor("email", sortByRank(people, rank), survivorship)?.value ?? null,
    company: companySurvivor("name", company?.records ?? [], survivorship)?.value ?? null,
  };
}
