import type { RecordInput } from "@sidelight/model/records.ts";
import type { Page, PullContext, Stream } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { ZendeskClient } from "./client.ts";
import type { ZendeskOptions } from "./options.ts";
import { newRatings } from "./ratings.ts";
import { organizationRecord, ratingRecord, ticketRecord, userRecord, userRef } from "./records.ts";
import { WireCursorMeta, WireIdentity, WireMetricSet, WireOrganization, WireRating, WireTicket, WireUser } from "./wire.ts";

/** The exports omit changes of the last minute. */
const exportLagMs = 60_000;
const exportPageSize = 1000;
const listPageSize = 100;

const exportPage = { after_cursor: z.string().nullish(), end_of_stream: z.boolean() };
const TicketPage = z.looseObject({
  tickets: z.array(WireTicket),
  metric_sets: z.array(WireMetricSet).nullish(),
  users: z.array(WireUser).nullish(),
  ...exportPage,
});
const UserPage = z.looseObject({ users: z.array(WireUser), identities: z.array(WireIdentity).nullish(), ...exportPage });
const OrganizationPage = z.looseObject({ organizations: z.array(WireOrganization), meta: WireCursorMeta });
const OrganizationExport = z.looseObject({
  organizations: z.array(WireOrganization),
  end_time: z.number().nullish(),
  count: z.number(),
});
const RatingPage = z.looseObject({ satisfaction_ratings: z.array(WireRating), meta: WireCursorMeta });
const ExportCheckpoint = z.object({ cursor: z.string() }).nullable();
const TimeCheckpoint = z.object({ listing: z.string().nullable(), since: z.number() }).nullable();

/** What the streams and look-ups share. */
export interface StreamTools {
  client: ZendeskClient;
  options: ZendeskOptions;
  connection: string;
  now(): number;
}

export function zendeskStreams(tools: StreamTools): Stream[] {
  const intervalMs = tools.options.pullEverySeconds * 1000;
  return [
    { name: "tickets", objects: ["ticket"], intervalMs, pull: (context) => pullTickets(tools, context) },
    { name: "users", objects: ["user"], intervalMs: intervalMs * 10, pull: (context) => pullUsers(tools, context) },
    { name: "ratings", objects: ["rating"], intervalMs: intervalMs * 20, pull: (context) => pullRatings(tools, context) },
    {
      name: "organizations",
      objects: ["organization"],
      intervalMs: intervalMs * 40,
      pull: (context) => pullOrganizations(tools, context),
    },
  ];
}

/**
 * `GET /api/v2/incremental/tickets/cursor`: changed and deleted tickets with their metrics. Users and ratings are pulled less
 * often than tickets, so new requesters and new ratings are read from the tickets.
 */
async function* pullTickets({ client, options, connection, now }: StreamTools, context: PullContext): AsyncIterable<Page> {
  const isBackfill = context.checkpoint === null;
  yield* pullExport(context, now, context.horizon, async (query, observedAt) => {
    const route = "/api/v2/incremental/tickets/cursor";
    const page = await client.get(`${route}?${query}&include=metric_sets,users`, route, TicketPage, context, "export");
    const metrics = new Map((page.metric_sets ?? []).map((m) => [m.ticket_id, m]));
    const tickets = page.tickets.map((t) => ticketRecord(t, metrics.get(t.id), { connection, observedAt }));
    const users = isBackfill ? [] : (page.users ?? []);
    const storedUsers = await context.readCurrent(users.map((u) => userRef(u.id)));
    // A sideloaded user has no identities: a stored user keeps its own.
    const newUsers = users
      .filter((u) => !storedUsers.has(userRef(u.id)))
      .flatMap((u) => userRecord(u, [], options.mapping, { connection, observedAt }) ?? []);
    const ratings = isBackfill ? [] : await newRatings(page.tickets, { connection, observedAt }, context.readCurrent);
    return { records: [...newUsers, ...tickets, ...ratings], cursor: page.after_cursor, isLast: page.end_of_stream };
  });
}

/** `GET /api/v2/incremental/users/cursor`. All users are needed, however old: no horizon. */
async function* pullUsers({ client, options, connection, now }: StreamTools, context: PullContext): AsyncIterable<Page> {
  yield* pullExport(context, now, 0, async (query, observedAt) => {
    const route = "/api/v2/incremental/users/cursor";
    const page = await client.get(`${route}?${query}&include=identities`, route, UserPage, context, "export");
    const identities = Map.groupBy(page.identities ?? [], (i) => i.user_id);
    const records = page.users.flatMap(
      (u) => userRecord(u, identities.get(u.id) ?? [], options.mapping, { connection, observedAt }) ?? [],
    );
    return { records, cursor: page.after_cursor, isLast: page.end_of_stream };
  });
}

type FetchPage = (
  query: string,
  observedAt: number,
) => Promise<{ records: RecordInput[]; cursor: string | null | undefined; isLast: boolean }>;

/** Pages through a cursor export. The last cursor is valid for the next pull. */
async function* pullExport(context: PullContext, now: () => number, startAt: number, fetchPage: FetchPage): AsyncIterable<Page> {
  let cursor = ExportCheckpoint.parse(context.checkpoint ?? null)?.cursor ?? null;
  for (;;) {
    const requestedAt = now();
    const start = Math.floor(Math.min(startAt, requestedAt - exportLagMs - 1000) / 1000);
    const query =
      cursor === null
        ? `start_time=${start}&per_page=${exportPageSize}`
        : `cursor=${encodeURIComponent(cursor)}&per_page=${exportPageSize}`;
    const { records, cursor: next, isLast } = await fetchPage(query, requestedAt);
    cursor = next ?? cursor;
    const checkpoint = cursor === null ? null : { cursor };
    if (isLast || cursor === null) {
      yield { records, checkpoint, coveredUntil: requestedAt - exportLagMs };
      return;
    }
    yield { records, checkpoint };
  }
}

/** Lists all organizations once (`GET /api/v2/organizations`), then uses the time-based export. */
async function* pullOrganizations({ client, options, connection, now }: StreamTools, context: PullContext): AsyncIterable<Page> {
  const checkpoint = TimeCheckpoint.parse(context.checkpoint ?? null);
  const origin = (observedAt: number) => ({ connection, observedAt });
  if (checkpoint && checkpoint.listing === null) {
    const requestedAt = now();
    const route = "/api/v2/incremental/organizations";
    const since = Math.floor(Math.min(checkpoint.since, requestedAt - exportLagMs - 1000) / 1000);
    const page = await client.get(`${route}?start_time=${since}`, route, OrganizationExport, context, "export");
    const records = page.organizations.map((o) => organizationRecord(o, options.mapping, origin(requestedAt)));
    yield {
      records,
      checkpoint: { listing: null, since: (page.end_time ?? since) * 1000 },
      coveredUntil: requestedAt - exportLagMs,
    };
    return;
  }
  const since = checkpoint?.since ?? now() - exportLagMs;
  let cursor = checkpoint?.listing ?? null;
  for (;;) {
    const requestedAt = now();
    const route = "/api/v2/organizations";
    const page = await client.get(`${route}?${pageQuery(cursor)}`, route, OrganizationPage, context);
    const records = page.organizations.map((o) => organizationRecord(o, options.mapping, origin(requestedAt)));
    cursor = page.meta.after_cursor ?? null;
    if (!page.meta.has_more || cursor === null) {
      yield { records, checkpoint: { listing: null, since }, coveredUntil: since };
      return;
    }
    yield { records, checkpoint: { listing: cursor, since } };
  }
}

/** `GET /api/v2/satisfaction_ratings` since the last pull, with an overlap for clock skew. */
async function* pullRatings({ client, connection, now }: StreamTools, context: PullContext): AsyncIterable<Page> {
  const overlapMs = 5 * 60_000;
  const checkpoint = TimeCheckpoint.parse(context.checkpoint ?? null);
  const since = checkpoint?.since ?? context.horizon;
  const startedAt = now();
  let cursor = checkpoint?.listing ?? null;
  for (;;) {
    const requestedAt = now();
    const route = "/api/v2/satisfaction_ratings";
    const query = `start_time=${Math.floor((since - overlapMs) / 1000)}&${pageQuery(cursor)}`;
    const page = await client.get(`${route}?${query}`, route, RatingPage, context);
    const records = page.satisfaction_ratings.flatMap((r) => ratingRecord(r, { connection, observedAt: requestedAt }) ?? []);
    cursor = page.meta.after_cursor ?? null;
    if (!page.meta.has_more || cursor === null) {
      yield { records, checkpoint: { listing: null, since: startedAt }, coveredUntil: startedAt };
      return;
    }
    yield { records, checkpoint: { listing: cursor, since } };
  }
}

function pageQuery(cursor: string | null): string {
  const size = `${encodeURIComponent("page[size]")}=${listPageSize}`;
  return cursor === null ? size : `${size}&${encodeURIComponent("page[after]")}=${encodeURIComponent(cursor)}`;
}
