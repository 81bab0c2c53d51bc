import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { version } from "./version.ts";

export interface Metrics {
  registry: Registry;
  /** The metrics in the Prometheus format: those of the process, and those of one tenant, or of none. */
  textFor(tenant: string | null): Promise<string>;
  httpRequests: Counter<"route" | "method" | "status">;
  httpSeconds: Histogram<"route">;
  contextAnswers: Counter<"tenant" | "tier">;
  platformCalls: Counter<"tenant" | "platform" | "priority" | "status">;
  platformSeconds: Histogram<"platform">;
  connectionUp: Gauge<"tenant" | "connection">;
  connectionLag: Gauge<"tenant" | "connection">;
  passedOver: Counter<"tenant" | "connection" | "stream" | "reason">;
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
    httpRequests: new Counter({
      name: "sidelight_http_requests_total",
      help: "Requests answered",
      labelNames: ["route", "method", "status"],
      registers,
    }),
    httpSeconds: new Histogram({
      name: "sidelight_http_request_seconds",
      help: "Time from the request's arrival to its answer",
      labelNames: ["route"],
      buckets: [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2],
      registers,
    }),
    contextAnswers: new Counter({
      name: "sidelight_context_answers_total",
      help: "Contexts answered, by the tier that answered",
      labelNames: ["tenant", "tier"],
      registers,
    }),
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
    passedOver: new Counter({
      name: "sidelight_passed_over_records_total",
      help: "Records of pulls that could not be used, by reason",
      labelNames: ["tenant", "connection", "stream", "reason"],
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
