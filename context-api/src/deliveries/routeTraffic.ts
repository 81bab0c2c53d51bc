import {
  countDeliveries,
  type FailedDelivery,
  findLastDeadLetter,
  findRetriedDelivery,
  listDelivered,
} from "../store/tables/deliveryFigures.ts";
import { loadReceiptTimes } from "../store/tables/events.ts";
import type { TenantStore } from "../store/tenantStore.ts";
import type { DeliveryState } from "./deliveryQueue.ts";

/** Delivery figures of one route. Instants are epoch ms. */
export interface RouteTraffic {
  /** `waiting` and `blocked` count now; the others count since the requested instant. */
  counts: Record<DeliveryState, number>;
  lastDelivered: Delivered | null;
  /** Of the last 100 deliveries, see {@link Delivered}; null without a delivery. */
  delayMs: { p50: number; p95: number } | null;
  lastFailure: Failure | null;
  /** True when the last attempt failed. */
  isFailing: boolean;
}

interface Delivered {
  at: number;
  /** From receiving the event to the platform's answer. */
  ms: number;
}

export interface Failure {
  id: string;
  cause: string | null;
  message: string | null;
  /** Null while it is retried. */
  at: number | null;
  nextAttemptAt: number | null;
}

const sampleSize = 100;

/** Figures by route. Reads an index only, and only rows settled since `since`. */
export async function loadRouteTraffic(
  store: TenantStore,
  routes: readonly string[],
  since: number,
): Promise<Map<string, RouteTraffic>> {
  const counts = new Map(routes.map((route) => [route, noDeliveries()]));
  for (const { route, state, count } of await countDeliveries(store, routes, since)) {
    const routeCounts = counts.get(route);
    if (routeCounts) routeCounts[state as DeliveryState] = count;
  }
  const traffic = [...counts].map(async ([route, routeCounts]) => [route, await trafficOf(store, route, routeCounts)] as const);
  return new Map(await Promise.all(traffic));
}

const noDeliveries = (): RouteTraffic["counts"] => ({ waiting: 0, done: 0, dead_letter: 0, blocked: 0, withheld: 0 });

async function trafficOf(store: TenantStore, route: string, counts: RouteTraffic["counts"]): Promise<RouteTraffic> {
  const deliveries = await lastDelivered(store, route);
  const retriedDelivery = await findRetriedDelivery(store, route);
  const deadLetter = await findLastDeadLetter(store, route);
  const [last] = deliveries;
  return {
    counts,
    lastDelivered: last ?? null,
    delayMs: percentiles(deliveries.map(({ ms }) => ms)),
    lastFailure: retriedDelivery
      ? { ...failureOf(retriedDelivery), nextAttemptAt: retriedDelivery.next_at }
      : deadLetter && failureOf(deadLetter),
    isFailing: retriedDelivery !== null || (deadLetter?.settled_at ?? 0) > (last?.at ?? 0),
  };
}

const failureOf = ({ id, cause, message, settled_at }: FailedDelivery): Failure => ({
  id,
  cause,
  message,
  at: settled_at,
  nextAttemptAt: null,
});

/** Newest first. */
async function lastDelivered(store: TenantStore, route: string): Promise<Delivered[]> {
  const deliveries = await listDelivered(store, route, sampleSize);
  const receivedAt = await loadReceiptTimes(
    store,
    deliveries.map(({ sequence }) => sequence),
  );
  return deliveries.map(({ deliveredAt, sequence }) => ({
    at: deliveredAt,
    ms: deliveredAt - (receivedAt.get(sequence) ?? deliveredAt),
  }));
}

function percentiles(values: number[]): RouteTraffic["delayMs"] {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const percentile = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { p50: percentile(0.5), p95: percentile(0.95) };
}
