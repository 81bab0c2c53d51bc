import { addDays, calendarDays } from "@sidelight/model/calendar.ts";
import type { UsageData } from "@sidelight/model/records.ts";
import { createCursorGuard } from "@sidelight/platform-kit/cursors.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { WithIdentifiers } from "@sidelight/platform-kit/identifiers.ts";
import { createPageSize, type PageSize, timePage } from "@sidelight/platform-kit/pageSize.ts";
import { createPassedOver } from "@sidelight/platform-kit/passedOver.ts";
import type { Page, PullContext, Stream } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { ProfilePage } from "./client.ts";
import { type ExportTools, eventsOf } from "./exportRange.ts";
import type { MixpanelOptions } from "./options.ts";
import { profileRecord, usageRecord, userRef } from "./records.ts";
import { count, type UsageByPerson } from "./usage.ts";

/**
 * Days per export request: little is lost when one fails. Each costs one of the 60 queries an hour, so that a request has fewer days
 * only when it comes close to the timeout of a pull.
 */
const exportDays = { min: 2, usual: 30, max: 60, slowMs: 20_000 };
/** `since` is the first day that was read; checkpoints of earlier releases lack it. */
const UsageCheckpoint = z.object({ nextDay: z.string(), since: z.string().nullable().default(null) }).nullable();

/** Usage records per page. */
const usagePageSize = 500;
const defaultPageSize = 1000;
/** The project has 60 queries an hour. A fault that lasts must leave most of them to others. */
const maxRetryMs = 900_000;
/** A new profile may be found by its id before a list contains it. */
const listLagMs = 600_000;

export interface StreamTools extends ExportTools {
  options: WithIdentifiers<MixpanelOptions>;
  connection: string;
  timeZone: string;
  /** Ms by a clock that never steps. */
  monotonic(): number;
  /** Part of a quota that is left, 0 to 1. */
  quotaLeft(quota: string): number;
}

export function mixpanelStreams(tools: StreamTools): Stream[] {
  const intervalMs = tools.options.pullEverySeconds * 1000;
  const timing = { intervalMs, maxRetryMs, quota: "query" };
  const exportSize = createPageSize({ ...exportDays, quotaLeft: () => tools.quotaLeft("query") });
  return [
    { name: "profiles", objects: ["user"], ...timing, pull: (context) => pullProfiles(tools, context) },
    { name: "usage", objects: ["usage"], ...timing, pull: (context) => pullUsage(tools, context, exportSize) },
  ];
}

/**
 * `POST /api/query/engage`, 1,000 profiles a page. It has no filter by change time: all are read, unchanged ones are not written, and
 * a stored profile that the complete list lacks is gone.
 */
async function* pullProfiles({ client, options, connection, now }: StreamTools, context: PullContext): AsyncIterable<Page> {
  const startedAt = now();
  const passedOver = createPassedOver();
  const pages = createCursorGuard("mixpanel");
  let form: Record<string, string> = {};
  let readCount = 0;
  for (let number = 0; ; number++) {
    const observedAt = now();
    const page = await client.engage(form, context, passedOver).catch((error: unknown) => {
      throw number === 0 ? error : interrupted(error);
    });
    if (page.page !== null) pages.next(page.page);
    readCount += page.size;
    const records = page.profiles.map((p) => profileRecord(p, options.mapping, { connection, observedAt }));
    const content = { records, checkpoint: null, passedOver: passedOver.take() };
    if (isLast(page, readCount)) {
      // An empty page ends the list although profiles may be missing from it: then it vouches for none, and shows none to be gone.
      const isComplete = readCount >= (page.total ?? 0);
      const listing = { startedAt: startedAt - listLagMs, changedSince: null, unreadable: passedOver.ids().map(userRef) };
      yield { ...content, ...(isComplete ? { coveredUntil: startedAt, listed: listing } : { coveredUntil: null }) };
      return;
    }
    if (page.session === null) throw interrupted(null);
    yield content;
    form = { session_id: page.session, page: String(number + 1) };
  }
}

/** A short page is not the last one while fewer profiles were read than there are. A full page is never the last one. */
function isLast({ size, pageSize, total }: ProfilePage, readCount: number): boolean {
  if (size === 0) return true;
  return size < (pageSize ?? defaultPageSize) && readCount >= (total ?? 0);
}

/** Mixpanel forgets a list after a while. A part of it must not count as complete. */
function interrupted(cause: unknown): unknown {
  if (cause instanceof PlatformError && !cause.isRefusal) return cause;
  const message = "Mixpanel ended the list of profiles before its last page. The next pull starts again.";
  return new PlatformError("unavailable", "mixpanel", message, { cause, isPlatformFault: false });
}

/** `GET /api/2.0/export` by whole days, counted by person. Recent days are counted again each time, because events arrive late. */
async function* pullUsage(tools: StreamTools, context: PullContext, exportSize: PageSize): AsyncIterable<Page> {
  const { options, connection, now } = tools;
  const dayOf = calendarDays(tools.timeZone);
  const today = dayOf(now());
  const passedOver = createPassedOver();
  const checkpoint = UsageCheckpoint.parse(context.checkpoint ?? null) ?? firstDay(dayOf(context.horizon));
  const countedSince = checkpoint.since;
  // A checkpoint in the future was made before the clock was set back.
  const lateSince = addDays(today, -options.lateDays);
  let from = checkpoint.nextDay > today ? lateSince : checkpoint.nextDay;
  for (;;) {
    const observedAt = now();
    const last = addDays(from, exportSize.current() - 1);
    const to = last < today ? last : today;
    const usageById: UsageByPerson = new Map();
    const timer = timePage(exportSize, tools.monotonic);
    try {
      for await (const event of eventsOf(tools, { from, to, passedOver }, { ...context, onSend: timer.onSend })) {
        count(usageById, event, options.mapping, dayOf);
      }
      timer.end(true);
    } finally {
      timer.end(false);
    }
    const countedDays = { from, to, countedSince };
    const toRecords = (people: [string, UsageData][]) =>
      people.map(([id, usage]) => usageRecord(id, usage, countedDays, { connection, observedAt }));
    const people = [...usageById];
    // The days of the export count again when a later page of them fails.
    while (people.length > usagePageSize) {
      yield { records: toRecords(people.splice(0, usagePageSize)), checkpoint: { nextDay: from, since: countedSince } };
    }
    const content = { records: toRecords(people), passedOver: passedOver.take() };
    if (to >= today) {
      yield {
        ...content,
        checkpoint: { nextDay: lateSince, since: countedSince },
        coveredUntil: observedAt,
      };
      return;
    }
    from = addDays(to, 1);
    yield { ...content, checkpoint: { nextDay: from, since: countedSince } };
  }
}

const firstDay = (day: string) => ({ nextDay: day, since: day });
