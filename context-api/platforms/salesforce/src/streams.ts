import type { Purpose } from "@sidelight/model/purposes.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { createPageSize, type PageSize } from "@sidelight/platform-kit/pageSize.ts";
import type { CallOptions, Page, PullContext, Stream } from "@sidelight/platform-kit/platform.ts";
import { hasElapsed, pullStart } from "@sidelight/platform-kit/pullStart.ts";
import { keepUnknownConsent } from "@sidelight/platform-kit/unknownConsent.ts";
import { z } from "zod";
import type { QueryOptions, QueryRows, SalesforceClient } from "./client.ts";
import { unknownPurposes } from "./consent.ts";
import { listingInterval } from "./listing.ts";
import type { SalesforceObject } from "./objects.ts";
import type { ReadOptions } from "./options.ts";
import type { ObjectView, OrgSchema } from "./orgSchema.ts";
import { toRecord } from "./records.ts";
import { isMissingField, isMissingObject, MissingObjectError } from "./refusal.ts";
import { dateTime } from "./soql.ts";

/** A transaction may commit this long after its SystemModstamp, so each pull starts this much earlier. */
const lookBackMs = 600_000;

/** How far an object has been pulled. Instants are epoch ms. */
const Checkpoint = z.object({
  since: z.number(),
  /** Fingerprint of the view that the stored records were made from. Absent in checkpoints of earlier releases. */
  fingerprint: z.string().optional(),
  /** A listing that is not complete. `from`: it contains records that changed since then only. */
  listing: z.object({ startedAt: z.number(), from: z.number().nullable(), pages: z.number() }).optional(),
  lastListing: z.object({ startedAt: z.number(), pages: z.number() }).optional(),
});
type Checkpoint = z.infer<typeof Checkpoint>;
type Listing = NonNullable<Checkpoint["listing"]>;

export interface StreamTools {
  client: SalesforceClient;
  schema: OrgSchema;
  options: ReadOptions;
  connection: string;
  /** The tenant's, for calendar days. */
  timeZone: string;
  now(): number;
  /** Never later than Salesforce's clock. */
  platformNow(): number;
  /** Part of a quota that is left, 0 to 1. */
  quotaLeft(quota: string): number;
}

/**
 * "The minimum is 200, and the maximum is 2,000 records." Each page costs a call of the daily quota, so that pages are smaller only while
 * the org is slow.
 */
const pageRows = { min: 200, max: 2_000 };

/** Objects that are limited to the horizon. Customers are pulled however old they are. */
const withinHorizon: ReadonlySet<SalesforceObject> = new Set(["Opportunity", "Task", "Event", "Case"]);
/** Shown as the latest activity only, so they are pulled less often. */
const activities: ReadonlySet<SalesforceObject> = new Set(["Task", "Event"]);
const activityFactor = 2;
const objects: readonly SalesforceObject[] = ["Account", "Contact", "Lead", "Opportunity", "Task", "Event", "Case"];

export function salesforceStreams(tools: StreamTools): Stream[] {
  return objects.map((object) => ({
    name: object.toLowerCase(),
    objects: [object.toLowerCase()],
    quota: "daily",
    intervalMs: tools.options.pullEverySeconds * 1000 * (activities.has(object) ? activityFactor : 1),
    pull: pullsOf(object, tools),
  }));
}

/** The rows of an object decide how long its pages take, so each object has a page size of its own. */
function pullsOf(object: SalesforceObject, tools: StreamTools): Stream["pull"] {
  const pageSize = createPageSize({ ...pageRows, quotaLeft: () => tools.quotaLeft("daily") });
  return (context) => pullObject(object, tools, context, pageSize);
}

/**
 * Everything changed or deleted since the last pull, oldest first, so that an interrupted pull can resume. A listing starts from the
 * beginning and returns every record.
 */
async function* pullObject(
  object: SalesforceObject,
  tools: StreamTools,
  context: PullContext,
  pageSize: PageSize,
): AsyncIterable<Page> {
  const { startedAt, continueFrom } = pullStart(tools);
  const pullEveryMs = tools.options.pullEverySeconds * 1000;
  const previous = Checkpoint.nullable().parse(context.checkpoint ?? null);
  const horizon = withinHorizon.has(object) ? context.horizon : null;
  const plan = (view: ObjectView) => planPull(previous, view, { startedAt, horizon, pullEveryMs });
  const query = (view: ObjectView): string => {
    const { from } = plan(view);
    return `${from === null ? "" : `WHERE SystemModstamp >= ${dateTime(from)} `}ORDER BY SystemModstamp ASC, Id ASC`;
  };
  const progress = { rows: 0, pages: 0 };
  for await (const { view, page } of pagesOf(object, query, tools, context, { withDeleted: true, pageSize })) {
    const { from, listing } = plan(view);
    const records = await readRecords(page, view, tools.connection, startedAt, context.readCurrent);
    progress.rows += page.rows.length + sumOf(page.passedOver);
    progress.pages += 1;
    const { passedOver } = page;
    const lastStamp = records.at(-1)?.changedAt ?? from ?? startedAt;
    const since = Math.min(lastStamp, continueFrom() - lookBackMs);
    const listingSoFar = listing && { ...listing, pages: listing.pages + progress.pages };
    const { fingerprint } = view;
    const { lastListing } = previous ?? {};
    if (!page.isLast) {
      const state: Checkpoint = {
        since,
        fingerprint,
        ...(lastListing && { lastListing }),
        ...(listingSoFar && { listing: listingSoFar }),
      };
      yield { records, passedOver, checkpoint: state };
      continue;
    }
    const finishedListing = listingSoFar ? { startedAt: listingSoFar.startedAt, pages: listingSoFar.pages } : lastListing;
    const state: Checkpoint = {
      since: continueFrom() - lookBackMs,
      fingerprint,
      ...(finishedListing && { lastListing: finishedListing }),
    };
    yield {
      records,
      passedOver,
      checkpoint: state,
      coveredUntil: coverageOf(view, listingSoFar, startedAt),
      ...(listingSoFar &&
        isWhole(progress.rows, page) && { listed: { startedAt: listingSoFar.startedAt, changedSince: listingSoFar.from } }),
    };
  }
}

/** Where a pull starts, and the listing that it begins or continues. `from`: epoch ms; null for the beginning. */
function planPull(
  previous: Checkpoint | null,
  { fingerprint, isBlind }: ObjectView,
  { startedAt, horizon, pullEveryMs }: { startedAt: number; horizon: number | null; pullEveryMs: number },
): { from: number | null; listing: Listing | null } {
  const newListing = { from: horizon, listing: { startedAt, from: horizon, pages: 0 } };
  if (previous === null || previous.fingerprint !== fingerprint) return newListing;
  if (previous.listing) return { from: previous.since, listing: previous.listing };
  const { lastListing, since } = previous;
  const isDue =
    lastListing === undefined ||
    // The clock was ahead at the last pull: what changed since then is older than its checkpoint.
    since > startedAt ||
    hasElapsed(lastListing.startedAt, listingInterval({ pages: lastListing.pages, isBlind, pullEveryMs }), startedAt);
  return isDue ? newListing : { from: previous.since, listing: null };
}

/** A pull of changes cannot vouch for values that change without a stamp. A listing read them when it began. */
function coverageOf({ isBlind }: ObjectView, listing: Listing | null, startedAt: number): number | null {
  if (!isBlind) return startedAt;
  return listing?.startedAt ?? null;
}

const sumOf = (counts: Record<string, number>): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** False when Salesforce returned fewer rows than it announced: what is absent may still exist. */
const isWhole = (rows: number, { totalSize }: QueryRows): boolean => totalSize === null || rows >= totalSize;

async function readRecords(
  { rows }: QueryRows,
  view: ObjectView,
  connection: string,
  observedAt: number,
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const unknownConsent = new Map<string, readonly Purpose[]>();
  const records = rows.map((row) => {
    const record = toRecord[view.object](row, view.mapping, { connection, observedAt });
    unknownConsent.set(record.ref, unknownPurposes(row, view));
    return record;
  });
  return await keepUnknownConsent(records, ({ ref }) => unknownConsent.get(ref) ?? [], readCurrent);
}

/**
 * The result of a query on an object, page by page. When Salesforce refuses a field, the object is described again and the query is
 * repeated without what is gone; after a second refusal also without fields of related records.
 * @param rest conditions and order, for the object as it was described; null for no query
 * @throws {MissingObjectError}
 */
async function* pagesOf(
  object: SalesforceObject,
  rest: (view: ObjectView) => string | null,
  { client, schema }: StreamTools,
  call: CallOptions,
  options: QueryOptions,
): AsyncIterable<{ view: ObjectView; page: QueryRows }> {
  let refusedQuery: { soql: string | null; error: unknown } = { soql: null, error: null };
  for (let attempt = 1; ; attempt++) {
    const view = await schema.view(object, call);
    const suffix = rest(view);
    if (suffix === null) return;
    const soql = `SELECT ${view.columns.join(", ")} FROM ${object} ${suffix}`;
    // Nothing that the description shows is gone, so the same query would be refused again.
    if (refusedQuery.soql === soql && !view.hasRelationships) throw refusedQuery.error;
    let isFirst = true;
    try {
      for await (const page of client.pages(soql, call, options)) {
        isFirst = false;
        yield { view, page };
      }
      return;
    } catch (error) {
      if (isMissingObject(error)) {
        schema.refresh(object);
        throw new MissingObjectError(object);
      }
      if (isMissingField(error)) schema.refresh(object, { withoutRelationships: attempt > 1 });
      if (!isMissingField(error) || !isFirst || attempt > 2) throw error;
      refusedQuery = { soql, error };
    }
  }
}

export interface Selection {
  object: SalesforceObject;
  /** The condition, for the object as it was described; null for no query. All literals must come from soql.ts. */
  where: string | ((view: ObjectView) => string | null);
  withDeleted?: boolean;
}

/** Rows of one object as records; null when the org lacks the object. */
export async function select(
  { object, where, withDeleted = false }: Selection,
  tools: StreamTools,
  call: CallOptions,
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[] | null> {
  const observedAt = tools.now();
  const rest = (view: ObjectView): string | null => {
    const condition = typeof where === "string" ? where : where(view);
    return condition === null ? null : `WHERE ${condition}`;
  };
  const records: RecordInput[] = [];
  try {
    for await (const { view, page } of pagesOf(object, rest, tools, call, { withDeleted })) {
      records.push(...(await readRecords(page, view, tools.connection, observedAt, readCurrent)));
    }
  } catch (error) {
    if (error instanceof MissingObjectError) return null;
    throw error;
  }
  return records;
}
