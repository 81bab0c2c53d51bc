import { addDays, calendarDays } from "@sidelight/model/calendar.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import { type GoneRecord, goneRecord } from "@sidelight/platform-kit/gone.ts";
import type { CallOptions, Lookup, PullContext } from "@sidelight/platform-kit/platform.ts";
import type { Profile } from "./client.ts";
import { eventsOf } from "./exportRange.ts";
import { eventsOfUsers, literal } from "./expression.ts";
import { type Mapping, profileRecord, usageRecord, usageRef, userRef } from "./records.ts";
import type { StreamTools } from "./streams.ts";
import { count, noUsage, type UsageByPerson } from "./usage.ts";

/** Finds profiles by id or e-mail address. Costs one of the 60 queries an hour, so it is used for unknown customers only. */
export async function lookup(
  tools: StreamTools,
  query: Lookup,
  call: CallOptions,
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const form = formFor(tools, query);
  if (!form) return [];
  const origin = { connection: tools.connection, observedAt: tools.now() };
  const { profiles } = await tools.client.engage(form, call);
  const records = profiles.map((p) => profileRecord(p, tools.options.mapping, origin));
  return query.by === "id"
    ? [...records, ...(await goneProfiles([query.id], profiles, origin, readCurrent, tools.options.mapping))]
    : records;
}

/**
 * Deletions of stored profiles that Mixpanel did not return. A profile that was merged into another is returned under the id of that
 * one, which is certain only when a single id was requested.
 */
async function goneProfiles(
  ids: readonly string[],
  profiles: readonly Profile[],
  origin: { connection: string; observedAt: number },
  readCurrent: PullContext["readCurrent"],
  mapping: Mapping,
): Promise<RecordInput[]> {
  const returnedIds = new Set(profiles.map((p) => p.$distinct_id));
  const otherIds = [...returnedIds].filter((id) => !ids.includes(id));
  if (otherIds.length > 0 && ids.length > 1) return [];
  const stored = await readCurrent(ids.filter((id) => !returnedIds.has(id)).map(userRef));
  const [successor] = otherIds;
  return [...stored].map(([ref, data]) =>
    goneRecord({ ref, data, ...origin, ...(successor === undefined ? {} : mergedInto(splitRef(ref).id, successor, mapping)) }),
  );
}

function mergedInto(id: string, successor: string, { identifiers }: Mapping): Pick<GoneRecord, "mergedInto" | "identifiers"> {
  const idsOf = (productUser: string) =>
    identifiers.ofPerson({ emails: [], phones: [], productUser }).identifiers.filter(({ kind }) => kind === "product_user");
  return { mergedInto: userRef(successor), identifiers: [...idsOf(id), ...idsOf(successor)] };
}

function formFor({ options }: StreamTools, query: Lookup): Record<string, string> | null {
  if (query.by === "id") return query.object === "user" ? { distinct_ids: JSON.stringify([query.id]) } : null;
  if (query.by === "email") return { where: `properties[${literal(options.mapping.email)}] == ${literal(query.value)}` };
  return null;
}

/** Days of events to fetch for a user without stored usage. */
const initialDays = 90;

/** Two queries for any number of users: their profiles, and the events of today and yesterday (90 days for a user without usage). */
export async function refetch(
  tools: StreamTools,
  refs: string[],
  call: CallOptions,
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const ids = refs.map(splitRef).flatMap(({ object, id }) => (object === "user" ? [id] : []));
  if (ids.length === 0) return [];
  const { client, options, connection, now } = tools;
  const observedAt = now();
  const dayOf = calendarDays(tools.timeZone);
  const today = dayOf(observedAt);
  const { where, named } = eventsOfUsers(ids);
  const storedUsage = await readCurrent(named.map(usageRef));
  const since = addDays(today, named.every((id) => storedUsage.has(usageRef(id))) ? -1 : -initialDays);
  const usageById: UsageByPerson = new Map();
  const countEvents = async () => {
    for await (const event of eventsOf(tools, { from: since, to: today, where }, call)) {
      count(usageById, event, options.mapping, dayOf);
    }
  };
  const [{ profiles }] = await Promise.all([client.engage({ distinct_ids: JSON.stringify(ids) }, call), countEvents()]);
  const usage = named.flatMap((id) => {
    const counts = usageById.get(id) ?? (storedUsage.has(usageRef(id)) ? noUsage() : null);
    return counts === null
      ? []
      : [usageRecord(id, counts, { from: since, to: today, countedSince: since }, { connection, observedAt })];
  });
  return [
    ...profiles.map((p) => profileRecord(p, options.mapping, { connection, observedAt })),
    ...(await goneProfiles(ids, profiles, { connection, observedAt }, readCurrent, options.mapping)),
    ...usage,
  ];
}
