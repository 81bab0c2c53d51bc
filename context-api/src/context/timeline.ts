import type { TimelineItem } from "@sidelight/contracts/context/sections.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import type { ParsedRef } from "@sidelight/model/refs.ts";
import { openReader } from "../log/reader.ts";
import type { Rights } from "../security/roles.ts";
import { linkOf } from "./compose.ts";
import { withoutConnections } from "./customerRecords.ts";
import { type Fetcher, searchPlatforms } from "./fetchFromPlatforms.ts";
import { hasRecords } from "./fetchOutcome.ts";
import { loadRecords } from "./loadRecords.ts";
import { planLookups } from "./planFetches.ts";
import { recordRank } from "./recordRank.ts";
import { resolve } from "./resolve.ts";
import { isItemShown } from "./sectionRights.ts";
import { timelineItems } from "./sections/timeline.ts";
import { excludedConnections } from "./sources.ts";
import type { Tenant } from "./tenant.ts";

export interface TimelineQuery {
  ref: ParsedRef;
  /** Who reads, for the limit of searches: the id of an API key. */
  searcher?: string | undefined;
  rights: Rights;
  deadlineMs: number;
  limit: number;
  /** Cursor of the previous page; null for the first. */
  after: TimelineCursor | null;
  /** A platform's name. */
  source?: string | undefined;
  /** A kind of item: `ticket_created`. */
  type?: string | undefined;
  /** Only items at or after this instant, epoch ms. */
  since?: number | undefined;
}

/** Last item of a page. The next page has older items. */
export type TimelineCursor = Pick<TimelineItem, "at" | "id">;

export interface TimelinePage {
  items: TimelineItem[];
  next: TimelineCursor | null;
}
export type UnresolvedTimeline = { unresolved: "ambiguous" | "none" };

/** Everything that happened to a customer, newest first. A page does not change while no older item changes. */
export async function readTimeline(
  tenant: Tenant,
  fetcher: Fetcher,
  query: TimelineQuery,
): Promise<TimelinePage | UnresolvedTimeline> {
  const now = tenant.clock.now();
  const reader = openReader(tenant.log);
  let resolution = await resolve(reader, query.ref);
  if (resolution.state === "none") {
    const outcomes = await searchPlatforms(tenant, fetcher, planLookups(tenant, query.ref), {
      deadline: tenant.clock.monotonic() + query.deadlineMs,
      searcher: query.searcher ?? null,
      isForced: false,
    });
    if (outcomes.some(hasRecords)) resolution = await resolve(reader, query.ref);
  }
  if (resolution.state !== "resolved") return { unresolved: resolution.state };
  const loaded = await loadRecords(reader, resolution, recordRank(tenant));
  const records = withoutConnections(loaded, excludedConnections(tenant));
  const { after, source, type, since, limit, rights } = query;
  const matching = timelineItems({
    records,
    now,
    timeZone: tenant.config.timeZone,
    link: (record) => linkOf(tenant, record),
  }).filter(
    (item) =>
      isItemShown(item, rights, tenant) &&
      (source === undefined || item.source === source) &&
      (type === undefined || item.kind === type) &&
      (since === undefined || Date.parse(item.at) >= since) &&
      (after === null || isOlder(item, after)),
  );
  const items = matching.slice(0, limit);
  const last = items.at(-1);
  const next = last && matching.length > limit ? { at: last.at, id: last.id } : null;
  return { items: maskDeep(items, rights).value, next };
}

/** The order of the timeline: newest first, then by id. */
function isOlder(item: TimelineCursor, cursor: TimelineCursor): boolean {
  return item.at === cursor.at ? item.id.localeCompare(cursor.id) > 0 : item.at < cursor.at;
}
