import type { Clock } from "@sidelight/model/clock.ts";
import { createTurnQueue } from "../../resilience/turnQueue.ts";
import type { AlertsTable } from "../../store/schema.ts";
import { type AlertInput, closeAlert, listOpenAlerts, openAlert } from "../../store/tables/alerts.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { ruleSettings } from "./groups.ts";
import { resumeMs } from "./planMessages.ts";
import { alertRules } from "./rules/index.ts";
import type { AlertSource } from "./rules/rule.ts";

const intervalMs = 15_000;
/** The evaluations of many tenants are due at the same time. */
const waitForTurn = createTurnQueue();
/** An alert that came back stays open until its cause has been gone for this long. */
const quietMs = 15 * 60_000;

export interface AlertWatch {
  /** Evaluates the rules now, for a cause that a person should know at once. */
  wake(): void;
  /** Evaluates the rules until the signal is aborted. */
  run(tenant: AlertSource["served"], signal: AbortSignal): Promise<void>;
}

export interface AlertWatchDeps extends Pick<AlertSource, "host" | "secret"> {
  clock: Clock;
  logger: Logger;
  /** Called after alerts have changed. */
  onChange(): void;
}

/** Opens the alerts that the rules find, and closes those whose cause has ended. Open alerts are in the store, so they survive a restart. */
export function createAlertWatch({ clock, logger, onChange, ...sources }: AlertWatchDeps): AlertWatch {
  let wakeUp = new AbortController();
  return {
    wake: () => wakeUp.abort(),
    async run(tenant, signal) {
      const quiet = createQuietTimes(clock);
      while (!signal.aborted) {
        wakeUp = new AbortController();
        await waitForTurn();
        if (await updateAlerts({ served: tenant, ...sources, now: clock.now() }, logger, quiet)) onChange();
        await clock.sleep(intervalMs, AbortSignal.any([signal, wakeUp.signal])).catch(() => {});
      }
    },
  };
}

/** Since when the causes of alerts are gone. A restart starts the times again. */
interface QuietTimes {
  /** True when the cause of an open alert has been gone for {@link quietMs}. */
  isLong(key: string): boolean;
  /** Records that the cause is there. */
  end(key: string): void;
  recordClosed(key: string): void;
  /** True for an alert that was closed a short time ago: it was reported then. */
  wasClosed(key: string): boolean;
}

function createQuietTimes(clock: Clock): QuietTimes {
  const since = new Map<string, number>();
  const closedAt = new Map<string, number>();
  return {
    recordClosed(key) {
      since.delete(key);
      closedAt.set(key, clock.monotonic());
    },
    wasClosed: (key) => clock.monotonic() - (closedAt.get(key) ?? Number.NEGATIVE_INFINITY) < resumeMs,
    isLong(key) {
      const start = since.get(key) ?? clock.monotonic();
      since.set(key, start);
      return clock.monotonic() - start >= quietMs;
    },
    end: (key) => void since.delete(key),
  };
}

/** @returns whether alerts have changed */
async function updateAlerts(source: AlertSource, logger: Logger, quiet: QuietTimes): Promise<boolean> {
  const { log, config, connections } = source.served.tenant;
  // The console says that they are paused.
  const pausedIds = new Set(connections.filter(({ pausedAt }) => pausedAt !== null).map(({ id }) => id));
  const evaluations = await Promise.all(
    alertRules.map(async ({ kind, find }) => {
      try {
        const { enabled = true, severity } = ruleSettings(config.alerts, kind);
        const found = enabled ? (await find(source)).filter(({ connection }) => !pausedIds.has(connection)) : [];
        return {
          kind,
          findings: found.map((finding): AlertInput => ({ ...finding, kind, severity: severity ?? finding.severity })),
        };
      } catch (error) {
        // Its alerts stay as they are: nothing is known about their causes.
        logger.warn({ err: error, tenant: log.tenant, kind }, "an alert rule failed");
        return null;
      }
    }),
  );
  const completeEvaluations = evaluations.filter((evaluation) => evaluation !== null);
  const findings = new Map(
    completeEvaluations.flatMap((evaluation) => evaluation.findings).map((alert) => [keyOf(alert), alert]),
  );
  const open = await listOpenAlerts(
    log.store,
    completeEvaluations.map(({ kind }) => kind),
  );
  const openByKey = new Map(open.map((alert) => [keyOf(alert), alert]));
  const newAlerts = [...findings.values()].filter((alert) => isChanged(alert, openByKey.get(keyOf(alert))));
  for (const key of findings.keys()) quiet.end(key);
  const hasEnded = (alert: AlertsTable): boolean => {
    const isGone = ruleOf(alert)?.hasEnded?.(alert, source) ?? true;
    if (!isGone) quiet.end(keyOf(alert));
    return isGone && (alert.reopenings === 0 || quiet.isLong(keyOf(alert)));
  };
  const endedAlerts = open.filter((alert) => !findings.has(keyOf(alert)) && hasEnded(alert));
  for (const alert of newAlerts) {
    const isReported = openByKey.has(keyOf(alert)) || (ruleOf(alert)?.comesAndGoes && quiet.wasClosed(keyOf(alert)));
    if (!isReported) logAlert(logger, log.tenant, alert);
  }
  for (const alert of endedAlerts) quiet.recordClosed(keyOf(alert));
  if (newAlerts.length === 0 && endedAlerts.length === 0) return false;
  const statements = [
    ...newAlerts.map((alert) => openAlert(log.store, alert, source.now, ruleOf(alert)?.comesAndGoes ? resumeMs : 0)),
    ...endedAlerts.map((alert) => closeAlert(log.store, alert, source.now)),
  ];
  await log.commit({ statements, correlationId: "alerts" });
  return true;
}

const ruleOf = ({ kind }: Pick<AlertInput, "kind">) => alertRules.find((rule) => rule.kind === kind);

function logAlert(logger: Logger, tenant: string, { kind, connection, subject, message }: AlertInput): void {
  logger.warn({ tenant, kind, connection, subject }, `alert: ${message}`);
}

const keyOf = ({ kind, connection, subject }: Pick<AlertInput, "kind" | "connection" | "subject">): string =>
  JSON.stringify([kind, connection, subject]);

const isChanged = (alert: AlertInput, open: Pick<AlertsTable, "message" | "count" | "severity"> | undefined): boolean =>
  open === undefined || open.message !== alert.message || open.count !== alert.count || open.severity !== alert.severity;
