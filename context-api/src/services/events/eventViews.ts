import type { Event, EventStage, EventWithStory } from "@sidelight/contracts/events/event.ts";
import type { PersonData } from "@sidelight/model/records.ts";
import { parseRef, splitRef } from "@sidelight/model/refs.ts";
import { companyStory, nameOf, personStory, type Story } from "../../context/customerRecords.ts";
import type { Sightings } from "../../context/panelViews.ts";
import { rankOf } from "../../context/platformRank.ts";
import type { Tenant } from "../../context/tenant.ts";
import { resolve } from "../../identity/resolve.ts";
import type { LoggedEvent } from "../../log/listEvents.ts";
import { whomOf } from "../../log/payload.ts";
import { openReader, type Reader } from "../../log/reader.ts";
import { deliveryStages } from "./deliveryStages.ts";

/** Events as the API tells them: with whom they are about today. */
export async function eventViews(tenant: Tenant, events: LoggedEvent[]): Promise<Event[]> {
  const reader = openReader(tenant.log);
  const customers = new Map<string, Promise<Event["customer"]>>();
  return await Promise.all(
    events.map(async (event) => {
      const known = customers.get(event.key) ?? customerOf(tenant, reader, event);
      customers.set(event.key, known);
      return eventView(tenant, event, await known);
    }),
  );
}

/** One event with what was known when it came, and how far it has got. */
export async function eventStory(tenant: Tenant, sightings: Sightings, event: LoggedEvent): Promise<EventWithStory> {
  const [shown] = await eventViews(tenant, [event]);
  const known = await storyAt(tenant, event);
  return { ...shown!, context: known && contextOf(event, known), story: await stages(tenant, sightings, event) };
}

/** The customer of an event, as known today. */
export const eventCustomer = (tenant: Tenant, event: LoggedEvent): Promise<Event["customer"]> =>
  customerOf(tenant, openReader(tenant.log), event);

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
      sourceEventId: event.source_event_id,
    },
    customer,
    interaction: payload?.interaction ?? null,
    data: payload?.data ?? {},
  };
}

/** Everything that was known of an event's customer when it came. */
export const storyAt = (tenant: Tenant, event: LoggedEvent): Promise<Story | null> =>
  storyOf(tenant, openReader(tenant.log, { at: event.sequence }), event);

async function storyOf(tenant: Tenant, reader: Reader, { payload }: LoggedEvent): Promise<Story | null> {
  const ref = payload && parseRef(whomOf(payload), tenant.platforms);
  if (!ref || "problem" in ref) return null;
  const found = await resolve(reader, ref);
  if (found.state !== "resolved") return null;
  const rank = rankOf(tenant);
  return found.kind === "person" ? await personStory(reader, found.node, rank) : await companyStory(reader, found.node, rank);
}

async function customerOf(tenant: Tenant, reader: Reader, event: LoggedEvent): Promise<Event["customer"]> {
  const story = await storyOf(tenant, reader, event);
  if (!story) return null;
  const people: { data: PersonData }[] = story.kind === "person" ? [...story.people.values()].flat() : [];
  return {
    id: `${story.kind}:${story.node}`,
    email: people.flatMap((p) => p.data.emails)[0] ?? null,
    company: story.company && nameOf(story.company.records),
  };
}

function contextOf(event: LoggedEvent, story: Story): EventWithStory["context"] {
  const used = story.usage.flatMap((u) => u.data.lastActiveAt ?? []).sort();
  const values = story.company?.records.flatMap((r) => r.data.arr ?? []) ?? [];
  return {
    previousTickets: story.tickets.filter((t) => t.key !== event.key).length,
    accountValue: values[0] ?? null,
    lastProductUsage: used.at(-1) ?? null,
  };
}

async function stages(tenant: Tenant, sightings: Sightings, event: LoggedEvent): Promise<EventStage[]> {
  const reader = openReader(tenant.log);
  const times = event.stages === null ? {} : (JSON.parse(event.stages) as Record<string, number>);
  const step = (stage: EventStage["stage"], at: number | undefined, detail: string | null = null, panel: string | null = null) =>
    at === undefined ? [] : [{ stage, at: iso(at), detail, panel }];
  const appendedAt = times["appendedAt"] ?? event.received_at;
  const [member] = await tenant.log.store
    .from("members")
    .select(["node", "rule"])
    .where("key", "=", event.key)
    .where("to_seq", "is", null)
    .execute();
  const record = await tenant.log.store
    .from("records")
    .select("from_seq")
    .where("key", "=", event.key)
    .where("from_seq", "=", event.sequence)
    .executeTakeFirst();
  const targets = (await reader.records([event.key])).flatMap((r) => r.edges.map((e) => reader.key(e.to)));
  const nodes = [...(await reader.nodesOf([event.key, ...targets])).values()];
  const seen = sightings.of(event.sequence, [event.key, ...nodes]);
  return [
    ...step("received", event.received_at),
    ...step("authenticated", times["authenticatedAt"]),
    ...step("parsed", times["parsedAt"]),
    ...step("appended", appendedAt),
    ...(nodes.length > 0 ? step("matched", appendedAt, member?.rule ?? "what it points at") : []),
    ...step("projected", appendedAt, record ? "a new version of its record" : "nothing that wasn't known"),
    ...(await deliveryStages(tenant.log, event)),
    ...seen.flatMap(({ panel, at }) => step("seen", at, null, panel)),
  ];
}

const iso = (ms: number): string => new Date(ms).toISOString();
