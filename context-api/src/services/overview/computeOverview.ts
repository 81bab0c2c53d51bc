import type { Overview, PanelExperience } from "@sidelight/contracts/overview/overview.ts";
import type { LiveProbe } from "../../connections/liveProbe.ts";
import { listCurrentAlerts } from "../../store/tables/alerts.ts";
import { countDeliveries, groupDeadLetters, loadBacklogs } from "../../store/tables/deliveryFigures.ts";
import { countArrivals } from "../../store/tables/events.ts";
import { summarizeProjectionFailures } from "../../store/tables/projectionFailures.ts";
import { countQuarantined } from "../../store/tables/quarantine.ts";
import { iso } from "../instant.ts";
import type { ServedTenant } from "../servedTenant.ts";
import { connectionOverview } from "./connectionOverview.ts";
import { lastConfigChange } from "./lastConfigChange.ts";
import { createMemo, type Memo } from "./memo.ts";
import { type PanelSums, paintQuantile } from "./panelCounts.ts";
import { problemGroups } from "./problemGroups.ts";
import { overviewSentence } from "./sentence.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Counts of a whole day are read this often. */
const slowMs = 15_000;

/** Reads the overview of a tenant. What costs more is kept for some seconds. */
export interface OverviewReader {
  read(served: ServedTenant, probes: ReadonlyMap<string, LiveProbe>): Promise<Overview>;
}

export function createOverviewReader(monotonic: () => number): OverviewReader {
  const slow: Memo = createMemo(slowMs, monotonic);
  return {
    async read(servedServedTenant, probes) {
      const { tenant, states } = servedServedTenant;
      const { store } = tenant.log;
      const { connections } = tenant;
      const now = tenant.clock.now();
      const ids = connections.map(({ id }) => id);
      await states.refresh();
      const [alerts, deadLetters, backlogs, arrivals, quarantineCount, failures, withheld, configuration, hour, day] =
        await Promise.all([
          listCurrentAlerts(store, now),
          Promise.all(ids.map((target) => groupDeadLetters(store, { target }))).then((groups) => groups.flat()),
          loadBacklogs(store, ids),
          slow("arrivals", () => countArrivals(store, now)),
          countQuarantined(store, ids),
          summarizeProjectionFailures(store),
          slow("withheld", () => countWithheld(servedServedTenant, now)),
          slow(`configuration ${tenant.configVersion}`, () => lastConfigChange(store)),
          servedServedTenant.panelCounts.since(now - hourMs),
          servedServedTenant.panelCounts.since(now - dayMs),
        ]);
      const platforms = connections.map(({ platform }) => platform.name);
      const rows = connections.map((connection) =>
        connectionOverview({
          connection,
          state: states.of(connection),
          probe: probes.get(connection.id) ?? null,
          lastWebhookAt: arrivals.get(connection.id)?.lastReceivedAt ?? null,
          waitingDeliveries: backlogs.find(({ target }) => target === connection.id)?.count ?? 0,
          alerts: alerts.filter((alert) => alert.connection === connection.id),
          needsId: platforms.indexOf(connection.platform.name) !== platforms.lastIndexOf(connection.platform.name),
          now,
        }),
      );
      const labelOf = (id: string): string => rows.find((row) => row.id === id)?.label ?? id;
      const platformLabel = (name: string): string => tenant.platforms.get(name)?.label ?? name;
      return {
        asOf: iso(now),
        sentence: overviewSentence(rows, hour, platformLabel),
        connections: rows,
        problems: problemGroups({ alerts, deadLetters, labelOf }),
        waiting: {
          deadLetters: deadLetters.reduce((sum, { count }) => sum + count, 0),
          quarantined: quarantineCount.reduce((sum, { count }) => sum + count, 0),
          withheld,
          projectionFailures: failures?.count ?? 0,
        },
        panels: { hour: experience(hour), day: experience(day) },
        configuration,
      };
    },
  };
}

async function countWithheld({ tenant }: ServedTenant, now: number): Promise<number> {
  const routes = tenant.config.routing.routes.map(({ id }) => id);
  if (routes.length === 0) return 0;
  const counts = await countDeliveries(tenant.log.store, routes, now - dayMs);
  return counts.filter(({ state }) => state === "withheld").reduce((sum, { count }) => sum + count, 0);
}

function experience({ paints, ...sums }: PanelSums): PanelExperience {
  const panels = paints.reduce((sum, [, count]) => sum + count, 0);
  const firstPaint = panels === 0 ? null : { panels, medianMs: paintQuantile(paints, 0.5), p95Ms: paintQuantile(paints, 0.95) };
  return { ...sums, firstPaint };
}
