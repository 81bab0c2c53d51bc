import type { TimelineItem } from "@sidelight/contracts/context/sections.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import type { ParsedRef } from "@sidelight/model/refs.ts";
import { resolve } from "../identity/resolve.ts";
import { openReader } from "../log/reader.ts";
import type { Rights } from "../security/roles.ts";
import { linkOf } from "./compose.ts";
import { companyStory, personStory, type Rank } from "./customerRecords.ts";
import type { Asked } from "./platformFetch.ts";
import { timelineItems } from "./sections/timeline.ts";
import type { Tenant } from "./tenant.ts";

export interface TimelineQuery {
  ref: ParsedRef;
  rights: Rights;
  deadlineMs: number;
  limit: number;
  /** From an earlier page; null for the first. */
  after: TimelineCursor | null;
  /** A platform's name. */
  source?: string | undefined;
  /** A kind of item: `ticket_created`. */
  type?: string | undefined;
  /** Nothing before this instant, epoch ms. */
  since?: number | undefined;
}

/** Where a page ended: everything that comes later in the order is older. */
export type TimelineCursor = Pick<TimelineItem, "at" | "id">;

export interface TimelinePage {
  items: TimelineItem[];
  next: TimelineCursor | null;
}
export type UnresolvedTimeline = { unresolved: "ambiguous" | "none" };

/** Everything the store knows to have happened, newest first. Pages hold still while older things don't change. */
export async function timelineOf(
  tenant: Tenant,
  query: TimelineQuery,
  rank: Rank,
  askForUnknown: (until: number) => Promise<Asked[]>,
): Promise<TimelinePage | UnresolvedTimeline> {
  const now = tenant.clock.now();
  const reader = openReader(tenant.log);
  let resolution = await resolve(reader, query.ref);
  if (
    resolution.state === "none" &&
    (await askForUnknown(now + query.deadlineMs)).some((a) => a.outcome === "found" || a.outcome === "partly")
  ) {
    resolution = await resolve(reader, query.ref);
  }
  if (resolution.state !== "resolved") return { unresolved: resolution.state };
  const story =
    resolution.kind === "person"
      ? await personStory(reader, resolution.node, rank)
      : await companyStory(reader, resolution.node, rank);
  const all = timelineItems({ story, now, link: (record) => linkOf(tenant, record) });
  const { after, source, type, since, limit, rights } = query;
  const wanted = all.filter(
    (item) =>
      (source === undefined || item.source === source) &&
      (type === undefined || item.kind === type) &&
      (since === undefined || Date.parse(item.at) >= since) &&
      (after === null || isOlder(item, after)),
  );
  const items = wanted.slice(0, limit);
  const last = items.at(-1);
  const next = last && wanted.length > limit ? { at: last.at, id: last.id } : null;
  return { items: rights.pii ? items : maskDeep(items).value, next };
}

/** The order of the timeline: newest first, then by id. */
function isOlder(item: TimelineCursor, than: TimelineCursor): boolean {
  return item.at === than.at ? item.id.localeCompare(than.id) > 0 : item.at < than.at;
}
