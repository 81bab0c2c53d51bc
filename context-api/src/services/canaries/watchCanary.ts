import type { Clock } from "@sidelight/model/clock.ts";
import type { TenantLog } from "../../log/log.ts";
import { routesOfVersion } from "../../routing/activeRoutes.ts";
import {
  type CanaryOutcome,
  type CanaryRoutes,
  createCanaryRoutes,
  failureOf,
  outcomeOf,
  settingsOf,
} from "../../routing/canary/canary.ts";
import type { CanariesTable } from "../../store/schema.ts";
import { openAlert } from "../../store/tables/alerts.ts";
import { endCanary, listCanaries, saveCanaryOutcome } from "../../store/tables/canaries.ts";
import { storedVersion } from "../../store/tables/configVersions.ts";
import { countOutcomes } from "../../store/tables/deliveryFigures.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { localOperator } from "../actor.ts";
import { auditedTenant, createAuditLog } from "../audit.ts";
import { requeue } from "../deliveries/requeue.ts";
import type { ServedTenant } from "../servedTenant.ts";
import type { ServiceContext } from "../service.ts";
import { promoteCanary } from "./endCanary.ts";
import { canaryTopic, rolledBackAlert } from "./signals.ts";

const checkMs = 5_000;
const maxDeadLetters = 1_000;
/** How long after a rollback its dead letters are looked for. */
const retryMs = 10 * 60_000;

export interface CanaryWatch {
  /** The routes that take a part of the events now; null without a canary. */
  current(): CanaryRoutes | null;
  run(signal: AbortSignal): Promise<void>;
}

export interface CanaryWatchDeps {
  served: ServedTenant;
  /** Refuses commits as soon as another process leads. */
  log: TenantLog;
  /** The active version. */
  version(): string;
  clock: Clock;
  logger: Logger;
}

/** Compares a canary with the active version, and ends it: rolled back when it fails too often, passed when its time is over. */
export function createCanaryWatch({ served, log, version, clock, logger }: CanaryWatchDeps): CanaryWatch {
  const retriedIds = new Set<string>();
  let current: { id: string; routes: CanaryRoutes } | null = null;
  const audit = createAuditLog(logger, { of: () => auditedTenant(log), now: clock.now });
  const context: ServiceContext = { served, actor: { ...localOperator(log.tenant), keyId: "canary" }, audit };

  async function check(): Promise<void> {
    const [row] = await listCanaries(log.store, { limit: 1 });
    if (row?.state !== "running") {
      current = null;
      if (row?.state === "rolled_back" && clock.now() - (row.ended_at ?? 0) < retryMs) await retryDeadLetters(row);
      return;
    }
    if (row.base !== version()) return await end(row, "stopped", `The version ${version()} is active by now.`);
    if (current?.id !== row.id) current = await open(row);
    if (current === null) return await end(row, "stopped", "The version is not stored any more.");
    const outcome = await measure(row);
    const failure = failureOf(outcome, settingsOf(row));
    if (failure !== null) await rollBack(row, failure);
    else if (clock.now() >= row.ends_at) await pass(row);
  }

  async function open(row: CanariesTable): Promise<typeof current> {
    const storedConfig = await storedVersion(log.store, row.version);
    if (!storedConfig) return null;
    const routes = routesOfVersion(row.version, storedConfig.config, served.tenant.connections);
    return { id: row.id, routes: createCanaryRoutes(row.id, settingsOf(row), routes) };
  }

  async function measure(row: CanariesTable): Promise<CanaryOutcome> {
    const counts = await countOutcomes(log.store, [row.version, row.base], row.created_at);
    const previous = outcomeOf(row);
    const outcome = { canary: counts.get(row.version) ?? previous.canary, active: counts.get(row.base) ?? previous.active };
    const text = JSON.stringify(outcome);
    if (text !== row.outcome)
      await log.commit({ statements: [saveCanaryOutcome(log.store, row.id, text)], correlationId: row.id });
    return outcome;
  }

  async function rollBack(row: CanariesTable, failure: string): Promise<void> {
    const message = `The canary ${row.version} was rolled back: ${failure}`;
    const alert = { ...rolledBackAlert, severity: "warning" as const, message };
    await end(row, "rolled_back", failure, [openAlert(log.store, alert, clock.now())]);
    served.alertWatch.wake();
    await retryDeadLetters(row);
  }

  /** Events that were planned before the rollback may become dead letters after it. */
  async function retryDeadLetters(row: CanariesTable): Promise<void> {
    const deadLetters = await served.deliveries.list({ limit: maxDeadLetters, state: "dead_letter", since: row.created_at });
    const ofCanary = deadLetters.filter(({ id, config }) => config === row.version && !retriedIds.has(id));
    if (ofCanary.length === 0) return;
    for (const { id } of ofCanary) retriedIds.add(id);
    await requeue(context, ofCanary, { verb: "deliveries.retryAll", ids: { canary: row.id, deliveries: ofCanary.length } });
  }

  async function pass(row: CanariesTable): Promise<void> {
    if (settingsOf(row).promotes) await promoteCanary(context, { id: row.id });
    else await end(row, "passed", null);
  }

  async function end(
    { id }: CanariesTable,
    state: "stopped" | "rolled_back" | "passed",
    message: string | null,
    statements: ReturnType<typeof openAlert>[] = [],
  ): Promise<void> {
    // The next event goes to the active version, also before the end is stored.
    current = null;
    const endStatement = endCanary(log.store, { id, from: ["running"], state, message, now: clock.now() });
    await log.commit({ statements: [endStatement, ...statements], correlationId: id });
    logger.info({ tenant: log.tenant, canary: id, state, message }, "a canary ended");
  }

  return {
    current: () => current?.routes ?? null,
    async run(signal) {
      while (!signal.aborted) {
        const wakeUp = new AbortController();
        const unsubscribe = log.onAnnounced((topic) => void (topic === canaryTopic && wakeUp.abort()));
        try {
          await check();
          await clock.sleep(checkMs, AbortSignal.any([signal, wakeUp.signal])).catch(() => {});
        } finally {
          unsubscribe();
        }
      }
    },
  };
}
