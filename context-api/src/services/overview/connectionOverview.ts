import type { ConnectionOverview } from "@sidelight/contracts/overview/overview.ts";
import type { Connection } from "../../connections/connections.ts";
import type { LiveProbe } from "../../connections/liveProbe.ts";
import type { AlertsTable } from "../../store/schema.ts";
import type { Severity } from "../../store/tables/alerts.ts";
import type { ConnectionState } from "../../sync/connectionStates.ts";
import { rankOf } from "../alerts/groups.ts";
import { nextActionOf } from "../alerts/rules/index.ts";
import { signInFailed } from "../alerts/rules/signInFailed.ts";
import { connectionState, oldestCoverage } from "../connections/listConnections.ts";
import { iso, isoOrNull } from "../instant.ts";

export interface ConnectionOverviewInput {
  connection: Connection;
  state: ConnectionState;
  /** Null before the first one. */
  probe: LiveProbe | null;
  lastWebhookAt: number | null;
  waitingDeliveries: number;
  /** Open alerts of the connection. */
  alerts: readonly AlertsTable[];
  /** True when another connection has the same platform. */
  needsId: boolean;
  /** Epoch ms. */
  now: number;
}

/** One row of the first screen. */
export function connectionOverview(input: ConnectionOverviewInput): ConnectionOverview {
  const { connection, state, probe, lastWebhookAt, waitingDeliveries, alerts, needsId } = input;
  const { health, circuits, streams } = state;
  const failure = failureOf(input);
  const oldest = oldestCoverage(streams);
  const { label } = connection.platform;
  return {
    id: connection.id,
    label: needsId ? `${label} (${connection.id})` : label,
    state: stateOf(input, failure),
    since: isoOrNull(connection.pausedAt ?? failure?.since ?? null),
    problem: connection.pausedAt !== null ? null : (failure?.problem ?? null),
    probe: probe && { at: iso(probe.at), ms: probe.ms, isWorking: probe.isWorking },
    openBreakers: circuits.filter((circuit) => circuit.state !== "closed").map(({ kind }) => kind),
    lastSuccessAt: isoOrNull(health.lastSuccessAt),
    oldestDataAt: isoOrNull(oldest),
    staleFrom: oldest === null ? null : iso(oldest + connection.staleMs),
    webhooks:
      connection.webhooks.length === 0
        ? null
        : {
            lastReceivedAt: isoOrNull(lastWebhookAt),
            isSilent: alerts.some(({ kind }) => kind === "webhook_silent"),
          },
    quota: shownQuota(state, connection.connector.checkQuota),
    waitingDeliveries,
    nextAction: nextActionOfRow(input, failure),
  };
}

const outageAdvice = "Check the status of the platform. Sidelight recovers on its own; a probe tries at once.";

interface Failure {
  problem: string;
  isRefusedSignIn: boolean;
  nextAction: string | null;
  since: number;
}

/** A circuit that is open, or a live probe that the platform did not serve. */
function failureOf({ state: { health }, probe, now }: ConnectionOverviewInput): Failure | null {
  if (health.failure) {
    const { code, message, nextAction } = health.failure;
    const isRefusedSignIn = code === "invalid_credentials";
    const advice = nextAction ?? (isRefusedSignIn ? signInFailed.nextAction : outageAdvice);
    return {
      problem: message,
      isRefusedSignIn,
      nextAction: advice,
      since: Math.min(health.failingSince ?? now, probe?.failingSince ?? now),
    };
  }
  if (probe?.isWorking !== false) return null;
  const nextAction = probe.nextAction ?? outageAdvice;
  return { problem: probe.problem ?? "", isRefusedSignIn: false, nextAction, since: probe.failingSince ?? probe.at };
}

function stateOf({ connection, state }: ConnectionOverviewInput, failure: Failure | null): ConnectionOverview["state"] {
  if (connection.pausedAt !== null) return "paused";
  if (failure) return failure.isRefusedSignIn ? "invalid_credentials" : "failing";
  return connectionState(null, state.streams);
}

function nextActionOfRow(
  { connection, alerts, state }: ConnectionOverviewInput,
  failure: Failure | null,
): ConnectionOverview["nextAction"] {
  if (connection.pausedAt !== null) return { action: "resume", text: "Resume it when the work at the platform is done." };
  if (failure) return { action: failure.isRefusedSignIn ? "reread-secret" : "probe", text: failure.nextAction ?? "" };
  const [alert] = alerts.filter(isOfConnection).sort((a, b) => rank(a) - rank(b));
  if (alert) {
    const isPulled = connection.connector.streams.length > 0;
    const action = isPulled && (alert.kind === "webhook_silent" || alert.kind === "stream_failing") ? "pull" : null;
    return { action, text: alert.next_action ?? nextActionOf(alert.kind) };
  }
  const isBlocked = Object.values(state.quotas).some(({ blockedUntil }) => blockedUntil !== null);
  return isBlocked
    ? { action: "probe", text: "The platform refuses calls for a time. Probe it once its quota is raised." }
    : null;
}

const rank = ({ severity }: AlertsTable): number => -rankOf(severity as Severity);

/** Dead letters are problems with a button of their own, and news need no action. */
const isOfConnection = ({ kind, severity }: AlertsTable): boolean =>
  kind !== "dead_letter" && kind !== "delivery_review" && severity !== "info";

/** A shorter window is free again before a person could act. */
const minForecastMs = 10 * 60_000;

/**
 * The quota with the smallest part left. Short windows come after long ones, and of them the one that reads use.
 * @param readQuota its name; undefined when the adapter names none
 */
export function shownQuota(
  { quotas, forecast }: Pick<ConnectionState, "quotas" | "forecast">,
  readQuota: string | undefined,
): ConnectionOverview["quota"] {
  const entries = Object.entries(quotas);
  const long = entries.filter(([, { windowMs }]) => windowMs >= minForecastMs);
  const ofReads = entries.filter(([name]) => name === readQuota);
  const candidates = long.length > 0 ? long : ofReads.length > 0 ? ofReads : entries;
  const [scarcest] = [...candidates].sort(([, a], [, b]) => a.remaining / a.limit - b.remaining / b.limit);
  if (!scarcest) return null;
  const [name, { limit, remaining, blockedUntil }] = scarcest;
  const runsOutAt = long.length > 0 ? (forecast?.[name] ?? null) : null;
  return { name, limit, remaining, blockedUntil: isoOrNull(blockedUntil), runsOutAt: isoOrNull(runsOutAt) };
}
