import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { type AnswerCounters, createAnswerCounters } from "./answerCounters.ts";
import { createRequestCounters, type RequestCounters, registerValues } from "./requestCounters.ts";
import { version } from "./version.ts";

export interface Metrics {
  registry: Registry;
  /** The metrics in the Prometheus format: those of the process, and those of one tenant, or of none. */
  textFor(tenant: string | null): Promise<string>;
  requests: RequestCounters;
  contextAnswers: AnswerCounters;
  platformCalls: Counter<"tenant" | "platform" | "priority" | "status">;
  platformSeconds: Histogram<"platform">;
  connectionUp: Gauge<"tenant" | "connection">;
  connectionLag: Gauge<"tenant" | "connection">;
  quotaRemaining: Gauge<"tenant" | "connection" | "quota">;
  quotaRunsOut: Gauge<"tenant" | "connection" | "quota">;
  monthlyEvents: Gauge<"tenant" | "connection">;
  /** 0 to 100; the dimension `all` is the weighted score. */
  quality: Gauge<"tenant" | "dimension">;
  passedOver: Counter<"tenant" | "connection" | "stream" | "reason">;
  fieldDecisions: Counter<"tenant" | "field" | "decision">;
  identityLinks: Counter<"tenant">;
  identitySuggestions: Gauge<"tenant" | "kind">;
  /** Reports the size of the answers that are cached in memory. */
  watchAnswerCache(size: () => { bytes: number; answers: number }): void;
  /** @param use connections by their state */
  watchDatabase(use: () => object): void;
  deliveriesWaiting: Gauge;
  oldestDelivery: Gauge;
  redisUp: Gauge;
  redisErrors: Counter<"reason">;
  redisMembers: Gauge;
}

/** The metrics of the process, served at `/metrics` in the Prometheus format. Labels contain no id or value of a customer. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "sidelight_" });
  const registers = [registry];
  const buildInfo = new Gauge({
    name: "sidelight_build_info",
    help: "Version of this build; always 1",
    labelNames: ["version"],
    registers,
  });
  buildInfo.set({ version }, 1);
  return {
    registry,
    textFor: async (tenant) => withoutOtherTenants(await registry.metrics(), tenant),
    requests: createRequestCounters(registry),
    contextAnswers: createAnswerCounters(registry),
    platformCalls: new Counter({
      name: "sidelight_platform_calls_total",
      help: "Calls to platforms; status 0 without an answer",
      labelNames: ["tenant", "platform", "priority", "status"],
      registers,
    }),
    platformSeconds: new Histogram({
      name: "sidelight_platform_call_seconds",
      help: "Time a platform took to answer",
      labelNames: ["platform"],
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    connectionUp: new Gauge({
      name: "sidelight_connection_up",
      help: "1 while the connection's last call succeeded",
      labelNames: ["tenant", "connection"],
      registers,
    }),
    connectionLag: new Gauge({
      name: "sidelight_connection_lag_seconds",
      help: "Time since the oldest stream of the connection was last pulled",
      labelNames: ["tenant", "connection"],
      registers,
    }),
    quotaRemaining: new Gauge({
      name: "sidelight_quota_remaining",
      help: "Requests left in the window of a quota, for all processes together",
      labelNames: ["tenant", "connection", "quota"],
      registers,
    }),
    quotaRunsOut: new Gauge({
      name: "sidelight_quota_runs_out_seconds",
      help: "Time until a quota is used up if its use goes on as lately; absent while it is not",
      labelNames: ["tenant", "connection", "quota"],
      registers,
    }),
    monthlyEvents: new Gauge({
      name: "sidelight_monthly_events",
      help: "Events of this month that were sent to a platform with a monthly cap",
      labelNames: ["tenant", "connection"],
      registers,
    }),
    quality: new Gauge({
      name: "sidelight_quality_score",
      help: "Quality of the data, 0 to 100, by dimension, as the leader measured it last; all: the weighted score",
      labelNames: ["tenant", "dimension"],
      registers,
    }),
    fieldDecisions: new Counter({
      name: "sidelight_field_decisions_total",
      help: "Decisions about fields that several platforms keep: flowed, conflict_opened or conflict_resolved",
      labelNames: ["tenant", "field", "decision"],
      registers,
    }),
    identityLinks: new Counter({
      name: "sidelight_identity_links_total",
      help: "Links of people that the matching model made without a person",
      labelNames: ["tenant"],
      registers,
    }),
    identitySuggestions: new Gauge({
      name: "sidelight_identity_suggestions",
      help: "Customers that may be one and wait for a decision, as the leader matched last",
      labelNames: ["tenant", "kind"],
      registers,
    }),
    passedOver: new Counter({
      name: "sidelight_passed_over_records_total",
      help: "Records of pulls that could not be used, by reason",
      labelNames: ["tenant", "connection", "stream", "reason"],
      registers,
    }),
    watchAnswerCache(size) {
      const values = (name: "bytes" | "answers") => () => [{ labels: {}, value: size()[name] }];
      registerValues(registry, "sidelight_cache_bytes", "Size of the answers in memory", "gauge", values("bytes"));
      registerValues(registry, "sidelight_cache_answers", "Number of the answers in memory", "gauge", values("answers"));
    },
    watchDatabase(use) {
      const values = () => Object.entries(use()).map(([state, value]) => ({ labels: { state }, value }));
      const help = "Connections for reads, and requests that wait for one";
      registerValues(registry, "sidelight_database_connections", help, "gauge", values);
    },
    deliveriesWaiting: new Gauge({
      name: "sidelight_deliveries_waiting",
      help: "Deliveries of all tenants that wait for an attempt, at most 50,000 of each target",
      registers,
    }),
    oldestDelivery: new Gauge({
      name: "sidelight_deliveries_oldest_seconds",
      help: "Age of the oldest delivery that waits",
      registers,
    }),
    redisUp: new Gauge({
      name: "sidelight_redis_up",
      help: "1 while Redis answers; 0 while it is lost or not configured",
      registers,
    }),
    redisErrors: new Counter({
      name: "sidelight_redis_errors_total",
      help: "Calls to Redis that failed, by reason",
      labelNames: ["reason"],
      registers,
    }),
    redisMembers: new Gauge({
      name: "sidelight_redis_members",
      help: "Live processes that share this Redis, as last counted",
      registers,
    }),
  };
}

function withoutOtherTenants(text: string, tenant: string | null): string {
  const isVisible = (line: string): boolean => {
    const [label, lineTenant] = /[{,]tenant="([^"]*)"/.exec(line) ?? [];
    return label === undefined || lineTenant === tenant;
  };
  return text.split("\n").filter(isVisible).join("\n");
}
