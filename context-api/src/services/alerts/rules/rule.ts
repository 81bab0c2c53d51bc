import type { AlertsConfig } from "../../../config/alerts.ts";
import type { Tenant } from "../../../context/tenant.ts";
import type { Routing } from "../../../routing/routing.ts";
import type { AlertsTable } from "../../../store/schema.ts";
import type { AlertInput } from "../../../store/tables/alerts.ts";
import type { Sync } from "../../../sync/runner.ts";
import type { HostState } from "../../../telemetry/hostState.ts";

/** What rules look at. */
export interface AlertSource {
  served: { tenant: Tenant; syncs: ReadonlyMap<string, Pick<Sync, "progress">>; routing: Pick<Routing, "activeRoutes"> | null };
  /** Of the machine on which this process runs. */
  host: HostState;
  /** @throws {SecretError} */
  secret(name: string): Promise<string>;
  /** Epoch ms. */
  now: number;
}

/**
 * One reason to alert. Its alerts are open while it finds them, and are closed when it does not. An alert has one cause: a rule leaves
 * out what another rule reports.
 */
export interface AlertRule {
  kind: string;
  /** What to do next, in one or two sentences. A finding whose cause is more precise has its own. */
  nextAction: string;
  find(source: AlertSource): Promise<AlertFinding[]>;
  /**
   * False while nothing shows yet whether the cause of an open alert has ended, such as after a start. Without it, the cause has ended
   * when it is not found.
   */
  hasEnded?(alert: OpenAlert, source: AlertSource): boolean;
  /** True for a cause that can come and go within minutes. Its alert is one then, and not one for each time. */
  comesAndGoes?: true;
}

export type OpenAlert = Pick<AlertsTable, "connection" | "subject" | "opened_at">;

/** An alert that is open now. Its texts contain no value of a customer. */
export type AlertFinding = Omit<AlertInput, "kind"> & Required<Pick<AlertInput, "cause" | "since" | "count">>;

/** Thresholds of a rule from the configuration. */
export const thresholdsOf = <K extends keyof RulesConfig>(
  { served }: AlertSource,
  kind: K,
): NonNullable<RulesConfig[K]> | Record<string, never> => served.tenant.config.alerts.rules[kind] ?? {};
type RulesConfig = AlertsConfig["rules"];

export const connectionIds = ({ connections }: AlertSource["served"]["tenant"]): string[] => connections.map(({ id }) => id);
