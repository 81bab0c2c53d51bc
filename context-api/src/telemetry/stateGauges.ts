import { Gauge, type Registry } from "prom-client";

/** Read when the metrics are. Each process that shares the store reports the same. */
export interface StateGauges {
  connectionUp: Gauge<"tenant" | "connection">;
  connectionLag: Gauge<"tenant" | "connection">;
  streamLag: Gauge<"tenant" | "connection" | "stream">;
  streamFailing: Gauge<"tenant" | "connection" | "stream">;
  circuitState: Gauge<"tenant" | "connection" | "kind">;
  quotaLimit: Gauge<"tenant" | "connection" | "quota">;
  quotaWindow: Gauge<"tenant" | "connection" | "quota">;
  quotaUsed: Gauge<"tenant" | "connection" | "quota">;
  quotaRemaining: Gauge<"tenant" | "connection" | "quota">;
  quotaRunsOut: Gauge<"tenant" | "connection" | "quota">;
  monthlyEvents: Gauge<"tenant" | "connection">;
  deliveriesWaiting: Gauge;
  oldestDelivery: Gauge;
  queueDepth: Gauge<"tenant" | "target">;
  queueOldest: Gauge<"tenant" | "target">;
  deadLetters: Gauge<"tenant" | "target">;
  quarantined: Gauge<"tenant" | "connection">;
  openAlerts: Gauge<"tenant" | "severity">;
  projectionFailures: Gauge<"tenant">;
}

const sameOnEach = "the same on each process";

export function createStateGauges(registry: Registry): StateGauges {
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[]): Gauge<Label> =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  return {
    connectionUp: gauge("sidelight_connection_up", "1 while the connection's last call succeeded", ["tenant", "connection"]),
    connectionLag: gauge("sidelight_connection_lag_seconds", "Time since the oldest stream of the connection was last pulled", [
      "tenant",
      "connection",
    ]),
    streamLag: gauge("sidelight_stream_lag_seconds", "Time up to which the changes of a stream are stored, before now", [
      "tenant",
      "connection",
      "stream",
    ]),
    streamFailing: gauge("sidelight_stream_failing", "1 while the last pull of a stream failed", [
      "tenant",
      "connection",
      "stream",
    ]),
    circuitState: gauge(
      "sidelight_circuit_state",
      "Circuit breaker of a kind of calls: 0 closed, 1 half-open, 2 open; shared by all processes with Redis",
      ["tenant", "connection", "kind"],
    ),
    quotaLimit: gauge("sidelight_quota_limit", "Requests that a quota allows in its window", ["tenant", "connection", "quota"]),
    quotaWindow: gauge("sidelight_quota_window_seconds", "Length of the window of a quota", ["tenant", "connection", "quota"]),
    quotaUsed: gauge("sidelight_quota_used", "Requests used in the window of a quota, for all processes together", [
      "tenant",
      "connection",
      "quota",
    ]),
    quotaRemaining: gauge("sidelight_quota_remaining", "Requests left in the window of a quota, for all processes together", [
      "tenant",
      "connection",
      "quota",
    ]),
    quotaRunsOut: gauge(
      "sidelight_quota_runs_out_seconds",
      "Time until a quota is used up if its use goes on as lately; absent while it is not",
      ["tenant", "connection", "quota"],
    ),
    monthlyEvents: gauge(
      "sidelight_monthly_events",
      `Events of this month that were sent to a platform with a monthly cap; ${sameOnEach}`,
      ["tenant", "connection"],
    ),
    deliveriesWaiting: gauge(
      "sidelight_deliveries_waiting",
      `Deliveries of all tenants that wait for an attempt, at most 50,000 of each target; ${sameOnEach}`,
      [],
    ),
    oldestDelivery: gauge("sidelight_deliveries_oldest_seconds", `Age of the oldest delivery that waits; ${sameOnEach}`, []),
    queueDepth: gauge("sidelight_delivery_queue", `Deliveries that wait for an attempt, at most 50,000; ${sameOnEach}`, [
      "tenant",
      "target",
    ]),
    queueOldest: gauge("sidelight_delivery_queue_oldest_seconds", `Age of the oldest delivery that waits; ${sameOnEach}`, [
      "tenant",
      "target",
    ]),
    deadLetters: gauge("sidelight_dead_letters", `Deliveries in the dead-letter queue; ${sameOnEach}`, ["tenant", "target"]),
    quarantined: gauge("sidelight_quarantined_messages", `Webhooks in quarantine; ${sameOnEach}`, ["tenant", "connection"]),
    openAlerts: gauge("sidelight_alerts_open", `Open alerts by severity; ${sameOnEach}`, ["tenant", "severity"]),
    projectionFailures: gauge(
      "sidelight_projection_failures",
      `Events that could not be applied to the read models; ${sameOnEach}`,
      ["tenant"],
    ),
  };
}
