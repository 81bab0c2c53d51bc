import type { TenantStore } from "../store/store.ts";
import type { DeliveryState } from "./deliveryQueue.ts";

/** What became of a route's deliveries. Instants are epoch ms. */
export interface Traffic {
  /** Waiting and held are as of now, the others since the instant asked for. */
  counts: Record<DeliveryState, number>;
  lastDelivered: Delivered | null;
  /** Of the last hundred, as {@link Delivered}; null where nothing was delivered. */
  delayMs: { p50: number; p95: number } | null;
  lastFailure: Failure | null;
  /** What was tried last was not taken. */
  isFailing: boolean;
}

interface Delivered {
  at: number;
  /** From the event's receipt to the platform's answer. */
  ms: number;
}

export interface Failure {
  id: string;
  cause: string | null;
  message: string | null;
  /** Null while it is tried again. */
  at: number | null;
  nextAttemptAt: number | null;
}

const sample = 100;

/** By route. Reads an index alone, and as much of it as was settled since. */
export async function trafficOf(store: TenantStore, routes: readonly string[], since: number): Promise<Map<string, Traffic>> {
  const counts = await countsOf(store, routes, since);
  const all = routes.map(async (route) => [route, await trafficOn(store, route, counts.get(route)!)] as const);
  return new Map(await Promise.all(all));
}

async function trafficOn(store: TenantStore, route: string, counts: Traffic["counts"]): Promise<Traffic> {
  const [delivered, retried, dead] = [
    await lastDelivered(store, route),
    await lastRetried(store, route),
    await lastDead(store, route),
  ];
  const [last] = delivered;
  return {
    counts,
    lastDelivered: last ?? null,
    delayMs: percentiles(delivered.map(({ ms }) => ms)),
    lastFailure: retried ?? dead,
    isFailing: retried !== null || (dead?.at ?? 0) > (last?.at ?? 0),
  };
}

async function countsOf(store: TenantStore, routes: readonly string[], since: number): Promise<Map<string, Traffic["counts"]>> {
  const ofStates = (states: DeliveryState[]) =>
    store
      .from("deliveries")
      .select((e) => ["route", "state", e.fn.countAll<number>().as("count")])
      .where("route", "in", routes)
      .where("state", "in", states)
      .groupBy(["route", "state"]);
  const settled = await ofStates(["done", "dead", "withheld"]).where("settled_at", ">=", since).execute();
  const open = await ofStates(["waiting", "held"]).execute();
  const counts = new Map(routes.map((route) => [route, { waiting: 0, done: 0, dead: 0, held: 0, withheld: 0 }]));
  for (const { route, state, count } of [...settled, ...open]) counts.get(route)![state as DeliveryState] = Number(count);
  return counts;
}

/** Newest first. */
async function lastDelivered(store: TenantStore, route: string): Promise<Delivered[]> {
  const rows = await store
    .from("deliveries")
    .select(["settled_at", "sequence"])
    .where("route", "=", route)
    .where("state", "=", "done")
    .orderBy("settled_at", "desc")
    .limit(sample)
    .execute();
  if (rows.length === 0) return [];
  const events = await store
    .from("events")
    .select(["sequence", "received_at"])
    .where(
      "sequence",
      "in",
      rows.map((row) => row.sequence),
    )
    .execute();
  const received = new Map(events.map((event) => [event.sequence, event.received_at]));
  return rows.map(({ settled_at, sequence }) => ({ at: settled_at!, ms: settled_at! - received.get(sequence)! }));
}

async function lastRetried(store: TenantStore, route: string): Promise<Failure | null> {
  const row = await store
    .from("deliveries")
    .select(["id", "cause", "message", "next_at"])
    .where("route", "=", route)
    .where("state", "=", "waiting")
    .where("attempts", ">", 0)
    .limit(1)
    .executeTakeFirst();
  return row ? { id: row.id, cause: row.cause, message: row.message, at: null, nextAttemptAt: row.next_at } : null;
}

async function lastDead(store: TenantStore, route: string): Promise<Failure | null> {
  const row = await store
    .from("deliveries")
    .select(["id", "cause", "message", "settled_at"])
    .where("route", "=", route)
    .where("state", "=", "dead")
    .orderBy("settled_at", "desc")
    .limit(1)
    .executeTakeFirst();
  return row ? { id: row.id, cause: row.cause, message: row.message, at: row.settled_at, nextAttemptAt: null } : null;
}

function percentiles(values: number[]): Traffic["delayMs"] {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1]!;
  return { p50: at(0.5), p95: at(0.95) };
}
