import { calendarDays } from "@sidelight/model/calendar.ts";
import type { RecordInput, UsageData } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import type { CallOptions, Lookup, PullContext } from "@sidelight/platform-kit/platform.ts";
import { literal } from "./expression.ts";
import { profileRecord, usageRecord, usageRef } from "./records.ts";
import type { StreamTools } from "./streams.ts";
import { addDays, count, merge, type UsageByPerson } from "./usage.ts";

/** Finds profiles by id or e-mail address. Costs one of the 60 queries an hour, so it is used for unknown customers only. */
export async function lookup(tools: StreamTools, query: Lookup, call: CallOptions): Promise<RecordInput[]> {
  const form = formFor(tools, query);
  if (!form) return [];
  const observedAt = tools.now();
  const page = await tools.client.engage(form, call);
  return page.results.map((p) => profileRecord(p, tools.options.mapping, { connection: tools.connection, observedAt }));
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
  const storedUsage = await readCurrent(ids.map(usageRef));
  const since = addDays(today, ids.every((id) => storedUsage.has(usageRef(id))) ? -1 : -initialDays);
  const usageById: UsageByPerson = new Map();
  const countEvents = async () => {
    const expression = ids.map((id) => `properties["$distinct_id"] == ${literal(id)}`).join(" or ");
    for await (const event of client.exportEvents({ from_date: addDays(since, -1), to_date: today, where: expression }, call)) {
      count(usageById, event, options.mapping, dayOf);
    }
  };
  const [page] = await Promise.all([client.engage({ distinct_ids: JSON.stringify(ids) }, call), countEvents()]);
  const profiles = page.results.map((p) => profileRecord(p, options.mapping, { connection, observedAt }));
  const usage = ids.flatMap((id) => {
    const previous = storedUsage.get(usageRef(id)) as UsageData | undefined;
    const recent = usageById.get(id);
    if (!recent && !previous) return [];
    const days = Object.fromEntries(Object.entries(recent?.days ?? {}).filter(([day]) => day >= since));
    const usageInRange = recent && { ...recent, days };
    return [usageRecord(id, merge(previous, usageInRange, since, today), { connection, observedAt })];
  });
  return [...profiles, ...usage];
}
