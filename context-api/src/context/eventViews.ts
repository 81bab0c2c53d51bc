import type { Event } from "@sidelight/contracts/events/event.ts";
import type { PersonData } from "@sidelight/model/records.ts";
import { parseRef, splitRef } from "@sidelight/model/refs.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import { customerLookupRef } from "../log/payload.ts";
import { openReader, type Reader } from "../log/reader.ts";
import { type CustomerRecords, loadRecords, nameOf } from "./customerRecords.ts";
import { recordRank } from "./recordRank.ts";
import { resolve } from "./resolve.ts";
import type { Tenant } from "./tenant.ts";

/** Events as the API returns them, with the customer each belongs to today. */
export async function eventViews(tenant: Tenant, events: LoggedEvent[]): Promise<Event[]> {
  const reader = openReader(tenant.log);
  const customers = new Map<string, Promise<Event["customer"]>>();
  return await Promise.all(
    events.map(async (event) => {
      const customer = customers.get(event.key) ?? findCustomer(tenant, reader, event);
      customers.set(event.key, customer);
      return eventView(tenant, event, await customer);
    }),
  );
}

/** The customer an event belongs to today. */
export const eventCustomer = (tenant: Tenant, event: LoggedEvent): Promise<Event["customer"]> =>
  findCustomer(tenant, openReader(tenant.log), event);

export function eventView(tenant: Tenant, event: LoggedEvent, customer: Event["customer"]): Event {
  const { payload } = event;
  return {
    eventId: event.event_id,
    eventType: event.type,
    timestamp: iso(event.timestamp),
    receivedAt: iso(event.received_at),
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
    data: payload?.data ?? {},
  };
}

/** The customer's records as they were when the event was appended; null for an unknown customer. */
export const recordsAtEvent = (tenant: Tenant, event: LoggedEvent): Promise<CustomerRecords | null> =>
  findRecords(tenant, openReader(tenant.log, { at: event.sequence }), event);

async function findRecords(tenant: Tenant, reader: Reader, { payload }: LoggedEvent): Promise<CustomerRecords | null> {
  const ref = payload && parseRef(customerLookupRef(payload), tenant.platforms);
  if (!ref || "problem" in ref) return null;
  const resolution = await resolve(reader, ref);
  return resolution.state === "resolved" ? await loadRecords(reader, resolution, recordRank(tenant)) : null;
}

async function findCustomer(tenant: Tenant, reader: Reader, event: LoggedEvent): Promise<Event["customer"]> {
  const records = await findRecords(tenant, reader, event);
  if (!records) return null;
  const people: { data: PersonData }[] = records.kind === "person" ? [...records.people.values()].flat() : [];
  return {
    id: `${records.kind}:${records.node}`,
    email: people.flatMap((p) => p.data.emails)[0] ?? null,
    company: records.company && nameOf(records.company.records),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
