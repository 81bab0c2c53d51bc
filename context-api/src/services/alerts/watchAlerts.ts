import type { Clock } from "@sidelight/model/clock.ts";
import type { AlertsTable } from "../../store/schema.ts";
import { type AlertInput, closeAlert, listOpenAlerts, openAlert } from "../../store/tables/alerts.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { alertRules } from "./rules/index.ts";
import type { AlertSource } from "./rules/rule.ts";

const intervalMs = 15_000;

export interface AlertWatch {
  /** Evaluates the rules now, for a cause that a person should know at once. */
  wake(): void;
  /** Evaluates the rules until the signal is aborted. */
  run(tenant: AlertSource["served"], signal: AbortSignal): Promise<void>;
}

/** Opens the alerts that the rules find, and closes those whose cause has ended. Open alerts are in the store, so they survive a restart. */
export function createAlertWatch({ clock, logger }: { clock: Clock; logger: Logger }): AlertWatch {
  let wakeUp = new AbortController();
  return {
    wake: () => wakeUp.abort(),
    async run(tenant, signal) {
      while (!signal.aborted) {
        wakeUp = new AbortController();
        await updateAlerts({ served: tenant, now: clock.now() }, logger);
        await clock.sleep(intervalMs, AbortSignal.any([signal, wakeUp.signal])).catch(() => {});
      }
    },
  };
}

async function updateAlerts(source: AlertSource, logger: Logger): Promise<void> {
  const { log } = source.served.tenant;
  const evaluations = await Promise.all(
    alertRules.map(async ({ kind, find }) => {
      try {
        return { kind, findings: (await find(source)).map((finding): AlertInput => ({ ...finding, kind })) };
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
  const hasEnded = (alert: AlertsTable): boolean =>
    alertRules.find(({ kind }) => kind === alert.kind)?.hasEnded?.(alert, source) ?? true;
  const endedAlerts = open.filter((alert) => !findings.has(keyOf(alert)) && hasEnded(alert));
  for (const alert of newAlerts) if (!openByKey.has(keyOf(alert))) logAlert(logger, log.tenant, alert);
  if (newAlerts.length === 0 && endedAlerts.length === 0) return;
  const statements = [
    ...newAlerts.map((alert) => openAlert(log.store, alert, source.now)),
    ...endedAlerts.map((alert) => closeAlert(log.store, alert, source.now)),
  ];
  await log.commit({ statements, correlationId: "alerts" });
}

function logAlert(logger: Logger, tenant: string, { kind, connection, subject, message }: AlertInput): void {
  logger.warn({ tenant, kind, connection, subject }, `alert: ${message}`);
}

const keyOf = ({ kind, connection, subject }: Pick<AlertInput, "kind" | "connection" | "subject">): string =>
  JSON.stringify([kind, connection, subject]);

const isChanged = (alert: AlertInput, open: Pick<AlertInput, "message" | "count"> | undefined): boolean =>
  open === undefined || open.message !== alert.message || open.count !== alert.count;
