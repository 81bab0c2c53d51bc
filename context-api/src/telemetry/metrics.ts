import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { type AnswerCounters, createAnswerCounters } from "./answerCounters.ts";
import { createFlowMetrics, type FlowMetrics } from "./flowMetrics.ts";
import { createRequestCounters, type RequestCounters, registerValues } from "./requestCounters.ts";
import { createStateGauges, type StateGauges } from "./stateGauges.ts";
import { version } from "./version.ts";

export interface Metrics extends FlowMetrics, StateGauges {
  registry: Registry;
  /** The metrics in the Prometheus format: those of the process, and those of one tenant, or of none. */
  textFor(tenant: string | null): Promise<string>;
  requests: RequestCounters;
  contextAnswers: AnswerCounters;
  platformCalls: Counter<"tenant" | "platform" | "priority" | "status">;
  platformSeconds: Histogram<"platform">;
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
  redisUp: Gauge;
  redisErrors: Counter<"reason">;
  redisMembers: Gauge;
  alertMessages: Counter<"tenant" | "channel" | "outcome">;
}

const misnamedMetrics = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

/** The metrics of the process, served at `/metrics` in the Prometheus format. Labels contain no id or value of a customer. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  // Gauges with the ending of a counter. The sums of nodejs_active_resources and others are the same.
  for (const name of misnamedMetrics) registry.removeSingleMetric(name);
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
    ...createFlowMetrics(registry),
    ...createStateGauges(registry),
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
    alertMessages: new Counter({
      name: "sidelight_alert_messages_total",
      help: "Attempts of this process to send a message about alerts, by channel and outcome: sent or failed",
      labelNames: ["tenant", "channel", "outcome"],
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
