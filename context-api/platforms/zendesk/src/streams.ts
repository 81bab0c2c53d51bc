import type { RecordInput } from "@sidelight/model/records.ts";
import { createCursorGuard } from "@sidelight/platform-kit/cursors.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { WithIdentifiers } from "@sidelight/platform-kit/identifiers.ts";
import { type PageSize, timePage } from "@sidelight/platform-kit/pageSize.ts";
import { createPassedOver, type PassedOver, readable } from "@sidelight/platform-kit/passedOver.ts";
import type { Page, PullContext, Stream } from "@sidelight/platform-kit/platform.ts";
import { hasElapsed, pullStart } from "@sidelight/platform-kit/pullStart.ts";
import { z } from "zod";
import type { ZendeskClient } from "./client.ts";
import { withoutForgottenCursor } from "./forgottenCursor.ts";
import type { ZendeskOptions } from "./options.ts";
import { continued, type List, listPages } from "./paging.ts";
import { newRatings } from "./ratings.ts";
import { organizationRecord, organizationRef, ratingRecord, userRecord, userRef } from "./records.ts";
import { ZendeskForbidden } from "./refusal.ts";
import { surveyRecord } from "./surveys.ts";
import { ticketRecords } from "./tickets.ts";
import { userRecords } from "./users.ts";
import { WireIdentity, WireOrganization, WireRating, WireSurveyResponse, WireTicket, WireUser } from "./wire.ts";

/** The exports omit changes of the last minute. */
const exportLagMs = 60_000;
/** Zendesk refuses a start in the last minute. Its clock and ours may differ by some minutes. */
const startLagMs = 300_000;
export const maxExportSize = 1000;
/** A record that was deleted for good is in no export, so all users and organizations are listed this often. */
const wholeListMs = 86_400_000;

const items = z.array(z.unknown());
const exportPage = { after_cursor: z.string().min(1).nullish(), end_of_stream: z.boolean() };
const TicketPage = z.looseObject({
  tickets: items,
  metric_sets: items.nullish(),
  users: items.nullish(),
  organizations: items.nullish(),
  ...exportPage,
});
const UserPage = z.looseObject({ users: items, identities: items.nullish(), ...exportPage });
const OrganizationExport = z.looseObject({
  organizations: items,
  end_time: z.number().nullish(),
  end_of_stream: z.boolean().nullish(),
});
/** `since`: every change up to here is stored, epoch ms; null before the first backfill is complete. */
const TicketCheckpoint = z.object({ cursor: z.string().nullable(), since: z.number().nullable().default(null) }).nullable();
/** A complete list that later changes have to confirm, because users who changed during the list may be missing from it. */
const CompletedList = z.object({ startedAt: z.number(), endedAt: z.number(), unreadable: z.array(z.string()) });
/** `listedAt`: start of the last list of all users. `listing`: start of the list that the cursor continues; null for changes. */
const UserCheckpoint = z
  .object({
    cursor: z.string(),
    listedAt: z.number().default(0),
    listing: z.number().nullable().default(null),
    completed: CompletedList.nullable().default(null),
  })
  .nullable();
const OrganizationCheckpoint = z
  .object({ listing: z.string().nullable(), since: z.number(), listedAt: z.number().default(0) })
  .nullable();
const TimeCheckpoint = z.object({ listing: z.string().nullable(), since: z.number() }).nullable();
const SurveyCheckpoint = z.object({ since: z.number(), wholeAt: z.number() }).nullable();

/** What the streams and look-ups share. */
export interface StreamTools {
  client: ZendeskClient;
  options: WithIdentifiers<ZendeskOptions>;
  connection: string;
  now(): number;
  /** Never later than Zendesk's clock. */
  platformNow(): number;
  /** Ms by a clock that never steps. */
  monotonic(): number;
  /** Of the cursor exports. */
  exportSize: PageSize;
}

export function zendeskStreams(tools: StreamTools): Stream[] {
  const intervalMs = tools.options.pullEverySeconds * 1000;
  const streams: (Omit<Stream, "pull"> & { pull: Pull; withoutCursor: WithoutCursor })[] = [
    {
      name: "tickets",
      objects: ["ticket"],
      bringsUnreported: true,
      intervalMs,
      pull: pullTickets,
      withoutCursor: ticketsWithoutCursor,
    },
    { name: "users", objects: ["user"], intervalMs: intervalMs * 10, pull: pullUsers, withoutCursor: () => null },
    { name: "ratings", objects: ["rating"], intervalMs: intervalMs * 20, pull: pullRatings, withoutCursor: listWithoutCursor },
    { name: "surveys", objects: ["survey"], intervalMs: intervalMs * 40, pull: pullSurveys, withoutCursor: (c) => c },
    {
      name: "organizations",
      objects: ["organization"],
      intervalMs: intervalMs * 40,
      pull: pullOrganizations,
      withoutCursor: listWithoutCursor,
    },
  ];
  return streams.map(({ pull, withoutCursor, ...stream }) => ({
    ...stream,
    pull: (context) => withoutForgottenCursor(context, withoutCursor, (from) => pull(tools, from)),
  }));
}

type Pull = (tools: StreamTools, context: PullContext) => AsyncIterable<Page>;
type WithoutCursor = (checkpoint: unknown) => unknown;

const ticketsWithoutCursor: WithoutCursor = (checkpoint) => {
  const parsed = TicketCheckpoint.parse(checkpoint ?? null);
  return parsed?.cursor ? { ...parsed, cursor: null } : checkpoint;
};

/** A list that a restart interrupted starts again. */
const listWithoutCursor: WithoutCursor = (checkpoint) => {
  const { listing } = z
    .looseObject({ listing: z.string().nullable() })
    .nullable()
    .parse(checkpoint ?? null) ?? { listing: null };
  return listing === null ? checkpoint : { ...(checkpoint as object), listing: null, listedAt: 0 };
};

/**
 * `GET /api/v2/incremental/tickets/cursor`: changed and deleted tickets with their metrics. Users, organizations and ratings are
 * pulled less often than tickets, so new ones are read from the tickets.
 */
async function* pullTickets(tools: StreamTools, context: PullContext): AsyncIterable<Page> {
  const { client, connection } = tools;
  const isBackfill = context.checkpoint === null;
  const { cursor, since } = TicketCheckpoint.parse(context.checkpoint ?? null) ?? { cursor: null, since: null };
  const passedOver = createPassedOver();
  const route = "/api/v2/incremental/tickets/cursor";
  for await (const { query, observedAt, onSend, next } of exportPages(tools, { cursor, startAt: since ?? context.horizon })) {
    const include = "metric_sets,users,organizations";
    const page = await client.get(`${route}?${query}&include=${include}`, route, TicketPage, { ...context, onSend }, "export");
    const origin = { connection, observedAt };
    const wireTickets = readable(WireTicket, page.tickets, passedOver);
    const { mapping } = tools.options;
    const ticketOrigin = { ...origin, passedOver };
    const users = readable(WireUser, page.users ?? [], passedOver);
    const sideloads = { metricSets: page.metric_sets ?? [], users };
    const tickets = await ticketRecords(mapping, wireTickets, sideloads, ticketOrigin, context.readCurrent);
    const customers = isBackfill ? [] : await newCustomers(tools, { ...page, users }, origin, passedOver, context.readCurrent);
    const ratings = isBackfill ? [] : await newRatings(wireTickets, origin, context.readCurrent);
    const nextCursor = next(page);
    yield {
      records: [...customers, ...tickets, ...ratings],
      checkpoint: {
        cursor: nextCursor.cursor,
        since: nextCursor.isLast ? Math.min(observedAt, tools.platformNow()) - exportLagMs : since,
      },
      passedOver: passedOver.take(),
      ...(nextCursor.isLast ? { coveredUntil: observedAt - exportLagMs } : {}),
    };
  }
}

/** Sideloaded users and organizations that are not stored. A sideloaded user has no identities: a stored user keeps its own. */
async function newCustomers(
  { options }: StreamTools,
  {
    users,
    organizations: organizationItems,
  }: { users: readonly WireUser[]; organizations?: readonly unknown[] | null | undefined },
  origin: { connection: string; observedAt: number },
  passedOver: PassedOver,
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const organizations = readable(WireOrganization, organizationItems ?? [], passedOver);
  const refs = [...users.map((u) => userRef(u.id)), ...organizations.map((o) => organizationRef(o.id))];
  const storedRecords = await readCurrent(refs);
  const records = [
    ...users.flatMap((u) => userRecord(u, [], options.mapping, origin) ?? []),
    ...organizations.map((o) => organizationRecord(o, options.mapping, origin)),
  ];
  return records.filter(({ ref }) => !storedRecords.has(ref));
}

/**
 * `GET /api/v2/incremental/users/cursor`. All users are needed, however old: no horizon. Once a day the export is read from its start,
 * because it does not report users that were deleted for good. The next pull then shows which users the list lacked.
 */
async function* pullUsers(tools: StreamTools, context: PullContext): AsyncIterable<Page> {
  const { client, options, connection, now } = tools;
  const checkpoint = UserCheckpoint.parse(context.checkpoint ?? null);
  const startedAt = now();
  const isDue = checkpoint === null || (checkpoint.listing === null && hasElapsed(checkpoint.listedAt, wholeListMs, startedAt));
  const listing = isDue ? startedAt : checkpoint.listing;
  const listedAt = listing ?? checkpoint?.listedAt ?? 0;
  const cursor = isDue ? null : checkpoint.cursor;
  const completedListing = isDue ? null : checkpoint.completed;
  const passedOver = createPassedOver();
  const route = "/api/v2/incremental/users/cursor";
  for await (const { query, observedAt, onSend, next } of exportPages(tools, { cursor, startAt: 0 })) {
    const page = await client.get(`${route}?${query}&include=identities`, route, UserPage, { ...context, onSend }, "export");
    const identities = Map.groupBy(readable(WireIdentity, page.identities ?? [], passedOver), (i) => i.user_id);
    const users = readable(WireUser, page.users, passedOver);
    const records = await userRecords(options.mapping, users, identities, { connection, observedAt }, context.readCurrent);
    const nextCursor = next(page);
    const content = { records, passedOver: passedOver.take() };
    if (!nextCursor.isLast) {
      yield { ...content, checkpoint: { cursor: nextCursor.cursor, listedAt, listing, completed: completedListing } };
      continue;
    }
    const unreadable = [...(completedListing?.unreadable ?? []), ...passedOver.ids()];
    const isConfirmed = completedListing !== null && observedAt - startLagMs > completedListing.endedAt;
    const listingDone = isConfirmed
      ? { listed: { startedAt: completedListing.startedAt, changedSince: null, unreadable: unreadable.map(userRef) } }
      : {};
    // A list that a restart interrupted forgot what it could not read, so it shows nothing to be gone.
    const newList = isDue ? { startedAt: startedAt - startLagMs, endedAt: observedAt, unreadable } : null;
    const lastCheckpoint = { listedAt, listing: null, completed: newList ?? (isConfirmed ? null : completedListing) };
    yield {
      ...content,
      checkpoint: nextCursor.cursor === null ? null : { cursor: nextCursor.cursor, ...lastCheckpoint },
      coveredUntil: observedAt - exportLagMs,
      ...listingDone,
    };
  }
}

interface ExportPosition {
  cursor: string | null;
  isLast: boolean;
}

/** Requests of a cursor export. `next` reads the position after the page from its response. */
interface ExportRequest {
  query: string;
  observedAt: number;
  onSend(): void;
  next(page: { after_cursor?: string | null | undefined; end_of_stream: boolean }): ExportPosition;
}

/** Pages through a cursor export until `end_of_stream`. The last cursor is valid for the next pull. */
function* exportPages(
  { now, monotonic, exportSize }: Pick<StreamTools, "now" | "monotonic" | "exportSize">,
  from: { cursor: string | null; startAt: number },
): Iterable<ExportRequest> {
  const cursors = createCursorGuard("zendesk");
  let position: ExportPosition = { cursor: from.cursor, isLast: false };
  if (from.cursor !== null) cursors.next(from.cursor);
  while (!position.isLast) {
    const observedAt = now();
    const { cursor } = position;
    const start = Math.floor(Math.min(from.startAt, observedAt - startLagMs) / 1000);
    const query = new URLSearchParams({
      ...(cursor === null ? { start_time: String(start) } : { cursor }),
      per_page: String(exportSize.current()),
    });
    const timer = timePage(exportSize, monotonic);
    try {
      yield {
        query: query.toString(),
        observedAt,
        onSend: timer.onSend,
        next({ after_cursor, end_of_stream }) {
          timer.end(true);
          position = end_of_stream
            ? { cursor: after_cursor ?? cursor, isLast: true }
            : { cursor: cursors.next(continued(after_cursor)), isLast: false };
          return position;
        },
      };
    } finally {
      timer.end(false);
    }
  }
}

/** The time-based export brings the changes. Once a day all organizations are listed, which also shows those that are gone. */
async function* pullOrganizations(tools: StreamTools, context: PullContext): AsyncIterable<Page> {
  const checkpoint = OrganizationCheckpoint.parse(context.checkpoint ?? null);
  const isDue = checkpoint === null || checkpoint.listing !== null || hasElapsed(checkpoint.listedAt, wholeListMs, tools.now());
  yield* isDue ? listOrganizations(tools, context, checkpoint) : changedOrganizations(tools, context, checkpoint);
}

/** `GET /api/v2/organizations` */
async function* listOrganizations(
  tools: StreamTools,
  context: PullContext,
  checkpoint: z.infer<typeof OrganizationCheckpoint>,
): AsyncIterable<Page> {
  const { options, connection } = tools;
  const { startedAt, continueFrom } = pullStart(tools);
  const cursor = checkpoint?.listing ?? null;
  const passedOver = createPassedOver();
  const list: List = { path: "/api/v2/organizations", member: "organizations", cursor };
  for await (const page of listPages(tools, list, context)) {
    const since = cursor === null ? continueFrom() - exportLagMs : (checkpoint?.since ?? 0);
    const organizations = readable(WireOrganization, page.items, passedOver);
    const records = organizations.map((o) =>
      organizationRecord(o, options.mapping, { connection, observedAt: page.requestedAt }),
    );
    const content = { records, passedOver: passedOver.take(), checkpoint: { listing: page.next, since, listedAt: startedAt } };
    const unreadable = passedOver.ids().map(organizationRef);
    const listingDone = cursor === null ? { listed: { startedAt: startedAt - exportLagMs, changedSince: null, unreadable } } : {};
    yield page.next === null ? { ...content, coveredUntil: since, ...listingDone } : content;
  }
}

/** `GET /api/v2/incremental/organizations`: from a time, until Zendesk reports the end of the stream. */
async function* changedOrganizations(
  tools: StreamTools,
  context: PullContext,
  { since: firstSince, listedAt }: NonNullable<z.infer<typeof OrganizationCheckpoint>>,
): AsyncIterable<Page> {
  const { client, options, connection, now, platformNow } = tools;
  const route = "/api/v2/incremental/organizations";
  const passedOver = createPassedOver();
  const times = createCursorGuard("zendesk");
  let since = Math.floor(Math.min(firstSince, platformNow() - startLagMs) / 1000);
  for (;;) {
    const observedAt = now();
    const page = await client.get(`${route}?start_time=${times.next(since)}`, route, OrganizationExport, context, "export");
    const organizations = readable(WireOrganization, page.organizations, passedOver);
    const records = organizations.map((o) => organizationRecord(o, options.mapping, { connection, observedAt }));
    since = page.end_time ?? since;
    const content = { records, passedOver: passedOver.take(), checkpoint: { listing: null, since: since * 1000, listedAt } };
    if (page.end_of_stream ?? page.organizations.length < maxExportSize) {
      yield { ...content, coveredUntil: observedAt - exportLagMs };
      return;
    }
    yield content;
  }
}

/** `GET /api/v2/satisfaction_ratings` since the last pull, with an overlap for clock skew. */
async function* pullRatings(tools: StreamTools, context: PullContext): AsyncIterable<Page> {
  const { connection } = tools;
  const overlapMs = 5 * 60_000;
  const checkpoint = TimeCheckpoint.parse(context.checkpoint ?? null);
  const since = Math.min(checkpoint?.since ?? context.horizon, tools.platformNow());
  const { startedAt, continueFrom } = pullStart(tools);
  const passedOver = createPassedOver();
  const list: List = {
    path: "/api/v2/satisfaction_ratings",
    member: "satisfaction_ratings",
    query: { start_time: String(Math.floor((since - overlapMs) / 1000)) },
    cursor: checkpoint?.listing ?? null,
  };
  for await (const page of optional(listPages(tools, list, context))) {
    const ratings = readable(WireRating, page.items, passedOver);
    const records = ratings.flatMap((r) => ratingRecord(r, { connection, observedAt: page.requestedAt }) ?? []);
    const content = { records, passedOver: passedOver.take() };
    yield page.next === null
      ? { ...content, checkpoint: { listing: null, since: continueFrom() }, coveredUntil: startedAt }
      : { ...content, checkpoint: { listing: page.next, since } };
  }
}

/** A response may be changed after it was created, and the list can be filtered by its creation only. */
const surveyOverlapMs = 3 * 86_400_000;
const surveyLifeMs = 30 * 86_400_000;

/** `GET /api/v2/guide/survey_responses`: the answers to surveys, which replaced the ratings in accounts with the current feature. */
async function* pullSurveys(tools: StreamTools, context: PullContext): AsyncIterable<Page> {
  const { connection } = tools;
  const checkpoint = SurveyCheckpoint.parse(context.checkpoint ?? null);
  const { startedAt, continueFrom } = pullStart(tools);
  const isWhole = checkpoint === null || hasElapsed(checkpoint.wholeAt, wholeListMs, startedAt);
  const overlapMs = isWhole ? surveyLifeMs : surveyOverlapMs;
  const createdSince = checkpoint === null ? context.horizon : checkpoint.since - overlapMs;
  const passedOver = createPassedOver();
  const list: List = {
    path: "/api/v2/guide/survey_responses",
    member: "survey_responses",
    query: { "filter[created_at_start]": String(Math.max(0, createdSince)) },
  };
  for await (const page of optional(listPages(tools, list, context))) {
    const responses = readable(WireSurveyResponse, page.items, passedOver);
    const records = responses.flatMap((r) => surveyRecord(r, { connection, observedAt: page.requestedAt }) ?? []);
    const content = { records, passedOver: passedOver.take() };
    yield page.next === null
      ? {
          ...content,
          checkpoint: { since: continueFrom(), wholeAt: isWhole ? startedAt : checkpoint.wholeAt },
          coveredUntil: startedAt,
        }
      : { ...content, checkpoint: checkpoint };
  }
}

/** Pages of a feature that some plans lack. Zendesk answers 403 or 404 then, which concerns this feature and not the connection. */
async function* optional<T>(pages: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* pages;
  } catch (error) {
    const isMissing = error instanceof PlatformError && error.code === "not_found";
    if (!isMissing && !(error instanceof ZendeskForbidden)) throw error;
    throw new PlatformError("rejected", "zendesk", "The Zendesk account has no such feature, or its plan does not include it.", {
      status: error.status,
      cause: error,
    });
  }
}
