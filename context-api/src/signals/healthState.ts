import { trendPoints } from "@sidelight/contracts/context/healthPoints.ts";
import type { HealthData } from "@sidelight/contracts/context/sections.ts";
import type { TenantLog } from "../log/log.ts";
import type { Statement } from "../store/statement.ts";
import { findCustomerHealth, saveCustomerHealth } from "../store/tables/customerHealth.ts";

/** The part of a customer's health that is stored and compared. */
export type HealthState = Pick<HealthData, "score" | "band" | "trend">;

/** The stored health of a customer; null when none is stored. @param customer `company:…` or `person:…` */
export async function loadHealthState({ store }: TenantLog, customer: string): Promise<HealthState | null> {
  const row = await findCustomerHealth(store, customer);
  return row && ({ score: row.score, band: row.band, trend: row.trend } as HealthState);
}

/** Stores a customer's health as of the event with that sequence. */
export const saveHealthState = (
  { store }: TenantLog,
  customer: string,
  { score, band, trend }: HealthState,
  sequence: number,
): Statement => saveCustomerHealth(store, customer, { score, band, trend, sequence });

/**
 * True when the band differs, or the trend with enough points. The trend alone changes when a ticket comes or goes beside its limit, and
 * as weeks pass without any news.
 */
export const isHealthChange = (from: HealthState, to: HealthState): boolean =>
  from.band !== to.band || (from.trend !== to.trend && Math.abs((to.score ?? 0) - (from.score ?? 0)) >= trendPoints);

const bands: readonly HealthState["band"][] = ["at_risk", "watch", "good"];

/** 0 for the worst band; −1 without a score. */
export const bandRank = (band: HealthState["band"]): number => bands.indexOf(band);
