import { Counter, Histogram, type Registry } from "prom-client";

/** What comes in, what is decided, and what goes out. */
export interface FlowMetrics {
  /** Connection and platform are empty for a request whose token names no webhook. */
  webhookRequests: Counter<"tenant" | "connection" | "platform" | "outcome" | "reason">;
  webhookDurable: Histogram<"platform">;
  webhookDelay: Histogram<"platform">;
  records: Counter<"tenant" | "connection" | "platform" | "object" | "way">;
  routeDecisions: Counter<"tenant" | "route" | "decision">;
  deliveries: Counter<"tenant" | "target" | "state" | "cause">;
  deliverySeconds: Histogram<"platform">;
  callsLost: Counter<"tenant">;
}

const ofProcess = "since the start of this process";

export function createFlowMetrics(registry: Registry): FlowMetrics {
  const registers = [registry];
  return {
    webhookRequests: new Counter({
      name: "sidelight_webhook_requests_total",
      help: `Webhooks by outcome (accepted, duplicate, quarantined, empty, refused, limited, failed) and reason, ${ofProcess}`,
      labelNames: ["tenant", "connection", "platform", "outcome", "reason"],
      registers,
    }),
    webhookDurable: new Histogram({
      name: "sidelight_webhook_durable_seconds",
      help: "Time from the receipt of a webhook until its events are durable and it is acknowledged",
      labelNames: ["platform"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    webhookDelay: new Histogram({
      name: "sidelight_webhook_delay_seconds",
      help: "Time from a change at the platform, by its clock, until the webhook that reports it is received",
      labelNames: ["platform"],
      buckets: [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600, 86_400],
      registers,
    }),
    records: new Counter({
      name: "sidelight_records_total",
      help: `Records that were pulled and changes that webhooks reported, by object and way (webhook, pull, backfill), ${ofProcess}`,
      labelNames: ["tenant", "connection", "platform", "object", "way"],
      registers,
    }),
    routeDecisions: new Counter({
      name: "sidelight_route_decisions_total",
      help: `What routes made of events: delivery, or why none; route * for events that no route saw, ${ofProcess}`,
      labelNames: ["tenant", "route", "decision"],
      registers,
    }),
    deliveries: new Counter({
      name: "sidelight_deliveries_total",
      help: `Outcomes of deliveries by state (done, retried, dead_letter, withheld, postponed) and cause, ${ofProcess}`,
      labelNames: ["tenant", "target", "state", "cause"],
      registers,
    }),
    deliverySeconds: new Histogram({
      name: "sidelight_delivery_seconds",
      help: "Time from the creation of a delivery until its target has taken it",
      labelNames: ["platform"],
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86_400],
      registers,
    }),
    callsLost: new Counter({
      name: "sidelight_calls_lost_total",
      help: `Calls to platforms that the log of calls lacks, because the store could not be written, ${ofProcess}`,
      labelNames: ["tenant"],
      registers,
    }),
  };
}
