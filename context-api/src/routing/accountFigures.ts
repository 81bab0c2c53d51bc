import type { Clock } from "@sidelight/model/clock.ts";
import type { EventInput } from "@sidelight/model/records.ts";
import canonicalize from "canonicalize";
import type { RoutingSettings } from "../config/routing.ts";
import type { TenantLog } from "../log/log.ts";
import { openReader } from "../log/reader.ts";
import { yieldToEventLoop } from "../resilience/yieldToEventLoop.ts";
import { ownPlatform } from "../signals/derived.ts";
import { isBackfilling } from "../signals/healthChanges.ts";
import { loadFigureDigests, saveFigureDigest } from "../store/tables/companyFigures.ts";
import { listCompanyKeys } from "../store/tables/projections.ts";
import type { CompanyFigures, CustomerDataSource } from "./routeDocument.ts";
import type { ActiveRoutes } from "./routes.ts";

/** Event of a company whose figures differ from those that were reported last. */
export const figuresChanged = "customer.figures.changed";

export interface FiguresDeps {
  log: TenantLog;
  clock: Clock;
  customerData: CustomerDataSource;
  routes(): ActiveRoutes;
}

const intervalMs = 15 * 60_000;
const dayMs = 86_400_000;
const pageSize = 500;
/** Companies of one commit. Their deliveries are due together, so that they share calls. */
const maxEvents = 200;

/**
 * Reports the support and usage figures of every company once, and again when they change, until the signal is aborted. Usage changes
 * without an event of the company, and the days of its figures pass without any event.
 */
export async function sweepAccountFigures(deps: FiguresDeps, signal: AbortSignal): Promise<void> {
  let previous: Sweep | null = null;
  while (!signal.aborted) {
    if (isNeeded(deps.routes()) && !(await isBackfilling(deps.log))) {
      const sweep = { generation: deps.log.generation(), day: Math.floor(deps.clock.now() / dayMs) };
      // The figures of a day count all companies. Within a day only those that changed are looked at.
      const changedSince = previous?.day === sweep.day ? previous.generation : null;
      await reportChanges(deps, changedSince, signal);
      previous = sweep;
    }
    await deps.clock.sleep(intervalMs, signal).catch(() => {});
  }
}

interface Sweep {
  /** Of the log, at its start. */
  generation: number;
  day: number;
}

/** The figures are written to mapped fields only. Without a mapping no event is needed. */
function isNeeded({ routes, settings }: ActiveRoutes): boolean {
  return routes.some((route) => route.matches(figuresChanged)) && hasMappedFields(settings);
}

const hasMappedFields = ({ accountFields }: RoutingSettings): boolean =>
  typeof accountFields === "object" && accountFields !== null && Object.values(accountFields).some((field) => field !== null);

/** @param changedSince generation of the log: only companies that were invalidated later; null for all */
async function reportChanges(
  { log, clock, customerData }: FiguresDeps,
  changedSince: number | null,
  signal: AbortSignal,
): Promise<void> {
  const reader = openReader(log);
  const handledKeys = new Set<string>();
  let lastKey = "";
  let events: EventInput[] = [];
  let statements: ReturnType<typeof saveFigureDigest>[] = [];
  const commit = async (): Promise<void> => {
    if (events.length > 0) await log.commit({ events, statements, correlationId: "figures" });
    [events, statements] = [[], []];
  };
  for (;;) {
    const keys = await listCompanyKeys(log.store, lastKey, pageSize);
    if (keys.length === 0) return await commit();
    lastKey = keys.at(-1) ?? lastKey;
    const nodes = await reader.nodesOf(keys);
    const digests = await loadFigureDigests(log.store, [...new Set(nodes.values())]);
    for (const record of await reader.records(keys)) {
      if (signal.aborted) return;
      const node = nodes.get(record.key);
      if (node === undefined || handledKeys.has(node)) continue;
      handledKeys.add(node);
      if (changedSince !== null && log.invalidatedAt(node) <= changedSince) continue;
      await yieldToEventLoop();
      const figures = await customerData.companyFigures(`company:${node}`, clock.now());
      if (!figures) continue;
      const digest = log.identifier("figures", canonicalize(figures) ?? "");
      if (digests.get(node) === digest) continue;
      events.push(eventOf(record.ref, node, figures, digest, clock.now()));
      statements.push(saveFigureDigest(log.store, { node, digest, updated_at: clock.now() }));
      if (events.length >= maxEvents) await commit();
    }
  }
}

const eventOf = (ref: string, node: string, figures: CompanyFigures, digest: string, now: number): EventInput => ({
  type: figuresChanged,
  timestamp: now,
  ...{ platform: ownPlatform, connection: ownPlatform, object: "customer", ref, subject: ref },
  sourceIds: [`figures:${node}:${digest}:${now}`],
  ...{ sourceEventId: null, record: null, interaction: null, isEcho: false },
  data: { customer: `company:${node}`, ...figures },
});
