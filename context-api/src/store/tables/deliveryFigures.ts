import { sql } from "kysely";
import { selectCompiled } from "../compiledSelect.ts";
import { queriesOf } from "../queries.ts";
import type { DeliveriesTable } from "../schema.ts";
import type { TenantStore } from "../tenantStore.ts";

// What the deliveries of routes and targets amount to. Instants are epoch ms.

/** Dead letters of each route at these targets: how many, the cause of one of them, and when the first one was settled. */
export async function countDeadLetters(
  store: TenantStore,
  targets: readonly string[],
): Promise<{ route: string; target: string; cause: string | null; count: number; since: number }[]> {
  const rows = await queriesOf(store)
    .from("deliveries")
    .select((e) => [
      "route",
      "target",
      e.fn.max("cause").as("cause"),
      e.fn.countAll<number>().as("count"),
      e.fn.min("settled_at").as("since"),
    ])
    .where("target", "in", targets)
    // As a literal: with a parameter, SQLite does not use the index of dead letters.
    .where(sql<boolean>`state = 'dead_letter'`)
    .groupBy(["target", "route"])
    .execute();
  return rows.map(({ count, since, ...row }) => ({ ...row, count: Number(count), since: Number(since ?? 0) }));
}

export interface DeadLetterGroup {
  target: string;
  route: string;
  cause: string | null;
  count: number;
  firstAt: number;
  lastAt: number;
}

/** Dead letters by target, route and cause, largest group first. Reads an index only. */
export async function groupDeadLetters(
  store: TenantStore,
  { target, route, cause }: { target?: string | undefined; route?: string | undefined; cause?: string | undefined },
): Promise<DeadLetterGroup[]> {
  let query = queriesOf(store)
    .from("deliveries")
    .select((e) => [
      "target",
      "route",
      "cause",
      e.fn.countAll<number>().as("count"),
      e.fn.min("settled_at").as("firstAt"),
      e.fn.max("settled_at").as("lastAt"),
    ])
    // As a literal: with a parameter, SQLite does not use the index of dead letters.
    .where(sql<boolean>`state = 'dead_letter'`)
    .groupBy(["target", "route", "cause"]);
  if (target !== undefined) query = query.where("target", "=", target);
  if (route !== undefined) query = query.where("route", "=", route);
  if (cause !== undefined) query = query.where("cause", "=", cause);
  const groups = (await query.execute()).map(({ count, firstAt, lastAt, ...group }) => ({
    ...group,
    count: Number(count),
    firstAt: Number(firstAt ?? 0),
    lastAt: Number(lastAt ?? 0),
  }));
  return groups.sort((a, b) => b.count - a.count || b.lastAt - a.lastAt);
}

/** Deliveries of one target are counted up to this number, so that a count takes milliseconds. */
export const maxCountedBacklog = 50_000;

/** Waiting deliveries of each of these targets that has some: how many, and when the oldest was created. Reads an index only. */
export async function loadBacklogs(
  store: TenantStore,
  targets: readonly string[],
): Promise<{ target: string; count: number; oldestAt: number }[]> {
  const backlogs = await Promise.all(targets.map(async (target) => ({ target, ...(await backlogOf(store, target)) })));
  return backlogs.flatMap(({ oldestAt, ...backlog }) => (oldestAt === null ? [] : [{ ...backlog, oldestAt }]));
}

/** What waits by intention is left out: its own alert reports it. Literals, so that SQLite uses the index of the backlog. */
const isBacklog = sql<boolean>`state = 'waiting' and cause is distinct from 'monthly_cap'`;

async function backlogOf(store: TenantStore, target: string): Promise<{ count: number; oldestAt: number | null }> {
  const backlog = () => queriesOf(store).from("deliveries").where("target", "=", target).where(isBacklog);
  const page = () => backlog().select("created_at").orderBy("created_at").limit(1);
  const [oldest] = await selectCompiled<{ created_at: number }>(store, "oldest of a backlog", [target, 1], page);
  if (!oldest) return { count: 0, oldestAt: null };
  const oldestAt = Number(oldest.created_at);
  const [last] = await selectCompiled(store, "end of a backlog", [target, 1, maxCountedBacklog - 1], () =>
    page().offset(maxCountedBacklog - 1),
  );
  if (last) return { count: maxCountedBacklog, oldestAt };
  const [row] = await selectCompiled<{ count: number }>(store, "size of a backlog", [target], () =>
    backlog().select((e) => e.fn.countAll<number>().as("count")),
  );
  return { count: Number(row?.count ?? 0), oldestAt };
}

export interface DeliveryCount {
  route: string;
  state: string;
  count: number;
}

/** Deliveries by route and state: open ones as of now, ended ones since an instant. Reads an index only. */
export async function countDeliveries(
  store: TenantStore,
  routes: readonly string[],
  endedSince: number,
): Promise<DeliveryCount[]> {
  const countStates = (states: string[]) =>
    queriesOf(store)
      .from("deliveries")
      .select((e) => ["route", "state", e.fn.countAll<number>().as("count")])
      .where("route", "in", routes)
      .where("state", "in", states)
      .groupBy(["route", "state"]);
  const endedCounts = await countStates(["done", "dead_letter", "withheld"]).where("settled_at", ">=", endedSince).execute();
  const openCounts = await countStates(["waiting", "blocked"]).execute();
  return [...endedCounts, ...openCounts].map(({ route, state, count }) => ({ route, state, count: Number(count) }));
}

/** The last delivered deliveries of a route, newest first: when each was delivered, and the sequence of its event. */
export async function listDelivered(
  store: TenantStore,
  route: string,
  limit: number,
): Promise<{ deliveredAt: number; sequence: number }[]> {
  const rows = await queriesOf(store)
    .from("deliveries")
    .select(["settled_at", "sequence"])
    .where("route", "=", route)
    .where("state", "=", "done")
    .orderBy("settled_at", "desc")
    .limit(limit)
    .execute();
  return rows.map(({ settled_at, sequence }) => ({ deliveredAt: settled_at ?? 0, sequence }));
}

export type FailedDelivery = Pick<DeliveriesTable, "id" | "cause" | "message" | "next_at" | "settled_at">;

const failureColumns = ["id", "cause", "message", "next_at", "settled_at"] as const;

/** A delivery of a route that failed and will be tried again; null when there is none. */
export async function findRetriedDelivery(store: TenantStore, route: string): Promise<FailedDelivery | null> {
  const row = await queriesOf(store)
    .from("deliveries")
    .select(failureColumns)
    .where("route", "=", route)
    .where("state", "=", "waiting")
    .where("attempts", ">", 0)
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** The newest dead letter of a route; null when there is none. */
export async function findLastDeadLetter(store: TenantStore, route: string): Promise<FailedDelivery | null> {
  const row = await queriesOf(store)
    .from("deliveries")
    .select(failureColumns)
    .where("route", "=", route)
    .where("state", "=", "dead_letter")
    .orderBy("settled_at", "desc")
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** The deliveries that a version of the configuration made: how many by outcome. */
export interface VersionOutcome {
  done: number;
  /** Dead letters, what they block, and what waits after a failed attempt. */
  failed: number;
  /** Not tried yet. */
  open: number;
  withheld: number;
}

/** The outcomes of these versions for deliveries that were created since an instant, by version. */
export async function countOutcomes(
  store: TenantStore,
  versions: readonly string[],
  since: number,
): Promise<Map<string, VersionOutcome>> {
  const rows = await queriesOf(store)
    .from("deliveries")
    .select((e) => [
      "config",
      "state",
      e.case().when("attempts", ">", 0).then(1).else(0).end().as("is_tried"),
      e.fn.countAll<number>().as("count"),
    ])
    .where("created_at", ">=", since)
    .where("config", "in", versions)
    .groupBy(["config", "state", "is_tried"])
    .execute();
  return new Map(
    versions.map((version) => {
      const count = (isCounted: (row: (typeof rows)[number]) => boolean): number =>
        rows.filter((row) => row.config === version && isCounted(row)).reduce((sum, row) => sum + Number(row.count), 0);
      const isFailed = ({ state, is_tried }: (typeof rows)[number]): boolean =>
        state === "dead_letter" || state === "blocked" || (state === "waiting" && Number(is_tried) === 1);
      return [
        version,
        {
          done: count(({ state }) => state === "done"),
          failed: count(isFailed),
          open: count(({ state, is_tried }) => state === "waiting" && Number(is_tried) === 0),
          withheld: count(({ state }) => state === "withheld"),
        },
      ];
    }),
  );
}
