import { calendarDays } from "@sidelight/model/calendar.ts";
import type { UsageData } from "@sidelight/model/records.ts";
import type { Page, PullContext, Stream } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { MixpanelClient } from "./client.ts";
import type { MixpanelOptions } from "./options.ts";
import { profileRecord, usageRecord, usageRef } from "./records.ts";
import { addDays, count, merge, type UsageByPerson } from "./usage.ts";

/** Days per export request: little is lost when one fails. */
const daysPerExport = 30;
const UsageCheckpoint = z.object({ nextDay: z.string() }).nullable();

export interface StreamTools {
  client: MixpanelClient;
  options: MixpanelOptions;
  connection: string;
  timeZone: string;
  now(): number;
}

export function mixpanelStreams(tools: StreamTools): Stream[] {
  const intervalMs = tools.options.pullEverySeconds * 1000;
  return [
    { name: "profiles", objects: ["user"], intervalMs, pull: (context) => pullProfiles(tools, context) },
    { name: "usage", objects: ["usage"], intervalMs, pull: (context) => pullUsage(tools, context) },
  ];
}

/** `POST /api/query/engage`, 1,000 profiles a page. It has no filter by change time: all are read, unchanged ones are not written. */
async function* pullProfiles({ client, options, connection, now }: StreamTools, context: PullContext): AsyncIterable<Page> {
  const startedAt = now();
  let form: Record<string, string> = {};
  for (;;) {
    const observedAt = now();
    const page = await client.engage(form, context);
    const records = page.results.map((p) => profileRecord(p, options.mapping, { connection, observedAt }));
    const isFull = page.results.length > 0 && page.results.length >= (page.page_size ?? 1000);
    if (!isFull || !page.session_id) {
      yield { records, checkpoint: null, coveredUntil: startedAt };
      return;
    }
    yield { records, checkpoint: null };
    form = { session_id: page.session_id, page: String(page.page + 1) };
  }
}

/** `GET /api/2.0/export` by whole days, counted by person. Recent days are counted again each time, because events arrive late. */
async function* pullUsage(tools: StreamTools, context: PullContext): AsyncIterable<Page> {
  const { client, options, connection, now } = tools;
  const dayOf = calendarDays(tools.timeZone);
  const today = dayOf(now());
  let from = UsageCheckpoint.parse(context.checkpoint ?? null)?.nextDay ?? dayOf(context.horizon);
  for (;;) {
    const observedAt = now();
    const last = addDays(from, daysPerExport - 1);
    const to = last < today ? last : today;
    const usageById: UsageByPerson = new Map();
    // The project's time zone may differ from the tenant's, so one more day is read at either end; other days are dropped.
    const query = { from_date: addDays(from, -1), to_date: addDays(to, 1) > today ? today : addDays(to, 1) };
    for await (const event of client.exportEvents(query, context)) {
      count(usageById, event, options.mapping, dayOf);
    }
    const refs = [...usageById.keys()].map(usageRef);
    const storedUsage = (await context.readCurrent(refs)) as Map<string, UsageData>;
    const records = [...usageById].map(([id, usage]) => {
      const usageInRange = onlyDays(usage, from, to);
      return usageRecord(id, merge(storedUsage.get(usageRef(id)), usageInRange, from, to), { connection, observedAt });
    });
    if (to >= today) {
      yield { records, checkpoint: { nextDay: addDays(today, -options.lateDays) }, coveredUntil: observedAt };
      return;
    }
    from = addDays(to, 1);
    yield { records, checkpoint: { nextDay: from } };
  }
}

function onlyDays(usage: UsageData, from: string, to: string): UsageData {
  const days = Object.fromEntries(Object.entries(usage.days).filter(([day]) => day >= from && day <= to));
  return { ...usage, days };
}
