import type { Metric, Registry } from "prom-client";
import { methodLabel, statusLabel } from "./labels.ts";

/** Counts requests. A request costs a few additions; the series are built when they are read. */
export interface RequestCounters {
  /** @param seconds from the request's arrival to its answer */
  count(route: string, method: string, status: number, seconds: number): void;
}

/** Upper bounds in seconds. */
const bounds = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2];

interface RouteCounts {
  /** Requests by the first bound that they do not exceed; the last one is for those above all bounds. */
  buckets: Float64Array;
  seconds: number;
  /** By method, then by status. */
  answers: Map<string, Map<string, number>>;
}

interface Value {
  labels: Record<string, string | number>;
  value: number;
  metricName?: string;
}

// Not Counter and Histogram of prom-client: they hash and validate the labels of every request, which takes several microseconds.
export function createRequestCounters(registry: Registry): RequestCounters {
  const routes = new Map<string, RouteCounts>();
  const requestsName = "sidelight_http_requests_total";
  const secondsName = "sidelight_http_request_seconds";

  registerValues(registry, requestsName, "Requests answered", "counter", () =>
    [...routes].flatMap(([route, { answers }]) =>
      [...answers].flatMap(([method, statuses]) =>
        [...statuses].map(([status, value]) => ({ labels: { route, method, status }, value })),
      ),
    ),
  );
  registerValues(registry, secondsName, "Time from the request's arrival to its answer", "histogram", () =>
    [...routes].flatMap(([route, counts]) => histogramOf(secondsName, route, counts)),
  );

  return {
    count(route, method, status, seconds) {
      let counts = routes.get(route);
      if (!counts) {
        counts = { buckets: new Float64Array(bounds.length + 1), seconds: 0, answers: new Map() };
        routes.set(route, counts);
      }
      let bucket = 0;
      while (bucket < bounds.length && seconds > (bounds[bucket] ?? 0)) bucket += 1;
      counts.buckets[bucket] = (counts.buckets[bucket] ?? 0) + 1;
      counts.seconds += seconds;
      const knownMethod = methodLabel(method);
      const statuses = counts.answers.get(knownMethod) ?? new Map<string, number>();
      if (statuses.size === 0) counts.answers.set(knownMethod, statuses);
      const label = statusLabel(status);
      statuses.set(label, (statuses.get(label) ?? 0) + 1);
    },
  };
}

function histogramOf(name: string, route: string, { buckets, seconds }: RouteCounts): Value[] {
  let count = 0;
  const values = [...buckets].map((requests, i): Value => {
    count += requests;
    return { labels: { le: bounds[i] ?? "+Inf", route }, value: count, metricName: `${name}_bucket` };
  });
  return [
    ...values,
    { labels: { route }, value: seconds, metricName: `${name}_sum` },
    { labels: { route }, value: count, metricName: `${name}_count` },
  ];
}

/** Registers series that are read when the metrics are. The registry reads these members only. */
export function registerValues(registry: Registry, name: string, help: string, type: string, read: () => Value[]): void {
  const metric = { name, help, type, get: async () => ({ name, help, type, values: read(), aggregator: "sum" }) };
  registry.registerMetric(metric as unknown as Metric);
}
