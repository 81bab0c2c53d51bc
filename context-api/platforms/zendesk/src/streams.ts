import type { RecordInput } from "@sidelight/model/records.ts";
import type { Page, PullContext, Stream } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { ZendeskClient } from "./client.ts";
import type { ZendeskOptions } from "./options.ts";
import { newRatings } from "./ratings.ts";
import { organizationRecord, ratingRecord, ticketRecord, userRecord, userRef } from "./records.ts";
import { WireCursorMeta, WireIdentity, WireMetricSet, WireOrganization, WireRating, WireTicket, WireUser } from "./wire.ts";

/** The exports leave out what changed within the last minute. */
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

/** What a stream is built from. */
export interface StreamTools {
  client: ZendeskClient;
  options: ZendeskOptions;
  connection: string;
  now(): number;
}

export function zendeskStreams(tools: StreamTools): Stream[] {
  const everyMs = tools.options.pullEverySeconds * 1000;
  return [
    { name: "tickets", objects: ["ticket"], everyMs, pull: (context) => pullTickets(tools, context) },
    { name: "users", objects: ["user"], everyMs: everyMs * 10, pull: (context) => pullUsers(tools, context) },
    { name: "ratings", objects: ["rating"], everyMs: everyMs * 20, pull: (context) => pullRatings(tools, context) },
    {
      name: "organizations",
      objects: ["organization"],
      everyMs: everyMs * 40,
      pull: (context) => pullOrganizations(tools, context),
    },
  ];
}

/**
 * `GET /api/v2/incremental/tickets/cursor`: changed and deleted tickets with their metrics. Users and ratings are pulled less
 * often than tickets, so whoever writes for the first time, and a rating just given, come along with the ticket.
 */
async function* pullTickets({ client, options, connection, now }: StreamTools, context: PullContext): AsyncIterable<Page> {
  const isBackfill = context.checkpoint === null;
  yield* pullExport(context, now, context.horizon, async (query, observedAt) => {
    const route = "/api/v2/incremental/tickets/cursor";
    const page = await client.get(`${route}?${query}&include=metric_sets,users`, route, TicketPage, context, "export");
    const metrics = new Map((page.metric_sets ?? []).map((m) => [m.ticket_id, m]));
    const tickets = page.tickets.map((t) => ticketRecord(t, metrics.get(t.id), { connection, observedAt }));
    const users = isBackfill ? [] : (page.users ?? []);
    const known = await context.current(users.map((u) => userRef(u.id)));
    // A sideloaded user has no identities: one that is known is left as it is.
    const strangers = users
      .filter((u) => !known.has(userRef(u.id)))
      .flatMap((u) => userRecord(u, [], options.mapping, { connection, observedAt }) ?? []);
    const ratings = isBackfill ? [] : await newRatings(page.tickets, { connection, observedAt }, context.current);
    return { records: [...strangers, ...tickets, ...ratings], cursor: page.after_cursor, done: page.end_of_stream };
  });
}

/** `GET /api/v2/incremental/users/cursor`. Everybody is wanted, however long unchanged: no horizon. */
async function* pullUsers({ client, options, connection, now }: StreamTools, context: PullContext): AsyncIterable<Page> {
  yield* pullExport(context, now, 0, async (query, observedAt) => {
    const route = "/api/v2/incremental/users/cursor";
    const page = await client.get(`${route}?${query}&include=identities`, route, UserPage, context, "export");
    const identities = Map.groupBy(page.identities ?? [], (i) => i.user_id);
    const records = page.users.flatMap(
      (u) => userRecord(u, identities.get(u.id) ?? [], options.mapping, { connection, observedAt }) ?? [],
    );
    return { records, cursor: page.after_cursor, done: page.end_of_stream };
  });
}

type FetchPage = (
  query: string,
  observedAt: number,
) => Promise<{ records: RecordInput[]; cursor: string | null | undefined; done: boolean }>;

/** The common walk of the cursor exports: the last cursor stays good for the next pull. */
async function* pullExport(context: PullContext, now: () => number, startAt: number, fetchPage: FetchPage): AsyncIterable<Page> {
  let cursor = ExportCheckpoint.parse(context.checkpoint ?? null)?.cursor ?? null;
  for (;;) {
    const askedAt = now();
    const start = Math.floor(Math.min(startAt, askedAt - exportLagMs - 1000) / 1000);
    const query =
      cursor === null
        ? `start_time=${start}&per_page=${exportPageSize}`
        : `cursor=${encodeURIComponent(cursor)}&per_page=${exportPageSize}`;
    const { records, cursor: next, done } = await fetchPage(query, askedAt);
    cursor = next ?? cursor;
    const checkpoint = cursor === null ? null : { cursor };
    if (done || cursor === null) {
      yield { records, checkpoint, coveredUntil: askedAt - exportLagMs };
      return;
    }
    yield { records, checkpoint };
  }
}

/** Listed once (`GET /api/v2/organizations`), then followed by the time-based export. */
async function* pullOrganizations({ client, options, connection, now }: StreamTools, context: PullContext): AsyncIterable<Page> {
  const checkpoint = TimeCheckpoint.parse(context.checkpoint ?? null);
  const origin = (observedAt: number) => ({ connection, observedAt });
  if (checkpoint && checkpoint.listing === null) {
    const askedAt = now();
    const route = "/api/v2/incremental/organizations";
    const since = Math.floor(Math.min(checkpoint.since, askedAt - exportLagMs - 1000) / 1000);
    const page = await client.get(`${route}?start_time=${since}`, route, OrganizationExport, context, "export");
    const records = page.organizations.map((o) => organizationRecord(o, options.mapping, origin(askedAt)));
    yield { records, checkpoint: { listing: null, since: (page.end_time ?? since) * 1000 }, coveredUntil: askedAt - exportLagMs };
    return;
  }
  const since = checkpoint?.since ?? now() - exportLagMs;
  let after = checkpoint?.listing ?? null;
  for (;;) {
    const askedAt = now();
    const route = "/api/v2/organizations";
    const page = await client.get(`${route}?${pageQuery(after)}`, route, OrganizationPage, context);
    const records = page.organizations.map((o) => organizationRecord(o, options.mapping, origin(askedAt)));
    after = page.meta.after_cursor ?? null;
    if (!page.meta.has_more || after === null) {
      yield { records, checkpoint: { listing: null, since }, coveredUntil: since };
      return;
    }
    yield { records, checkpoint: { listing: after, since } };
  }
}

/** `GET /api/v2/satisfaction_ratings`, from the last pull on, with some overlap for clocks that differ. */
async function* pullRatings({ client, connection, now }: StreamTools, context: PullContext): AsyncIterable<Page> {
  const overlapMs = 5 * 60_000;
  const checkpoint = TimeCheckpoint.parse(context.checkpoint ?? null);
  const since = checkpoint?.since ?? context.horizon;
  const startedAt = now();
  let after = checkpoint?.listing ?? null;
  for (;;) {
    const askedAt = now();
    const route = "/api/v2/satisfaction_ratings";
    const query = `start_time=${Math.floor((since - overlapMs) / 1000)}&${pageQuery(after)}`;
    const page = await client.get(`${route}?${query}`, route, RatingPage, context);
    const records = page.satisfaction_ratings.flatMap((r) => ratingRecord(r, { connection, observedAt: askedAt }) ?? []);
    after = page.meta.after_cursor ?? null;
    if (!page.meta.has_more || after === null) {
      yield { records, checkpoint: { listing: null, since: startedAt }, coveredUntil: startedAt };
      return;
    }
    yield { records, checkpoint: { listing: after, since } };
  }
}

function pageQuery(after: string | null): string {
  const size = `${encodeURIComponent("page[size]")}=${listPageSize}`;
  return after === null ? size : `${size}&${encodeURIComponent("page[after]")}=${encodeURIComponent(after)}`;
}
