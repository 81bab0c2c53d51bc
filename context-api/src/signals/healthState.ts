import type { HealthData } from "@sidelight/contracts/context/sections.ts";
import type { TenantLog } from "../log/log.ts";
import type { Statement } from "../store/statement.ts";
import type { RiskReason } from "./risk.ts";

/** How a customer stands. */
export type Standing = Pick<HealthData, "score" | "band" | "trend">;

/** How a customer was last noted to stand; null where nothing was. @param customer `company:…` or `person:…` */
export async function notedStanding({ store }: TenantLog, customer: string): Promise<Standing | null> {
  const row = await store
    .from("customer_signals")
    .select(["score", "band", "trend"])
    .where("customer", "=", customer)
    .executeTakeFirst();
  return row ? (row as Standing) : null;
}

/** Notes how a customer stands since the event of that sequence. */
export function noteStanding({ store, tenant }: TenantLog, customer: string, standing: Standing, sequence: number): Statement {
  const { score, band, trend } = standing;
  const row = { score, band, trend, sequence };
  return store.statements
    .insertInto("customer_signals")
    .values({ tenant, customer, ...row })
    .onConflict((c) => c.columns(["tenant", "customer"]).doUpdateSet(row))
    .compile();
}

/** True for another band or trend: some points more or less are no news. */
export const differs = (before: Standing, after: Standing): boolean => before.band !== after.band || before.trend !== after.trend;

/** What in a change says that the customer may leave. */
export function worsening(before: Standing, after: Standing): RiskReason[] {
  return [
    ...(after.band === "at_risk" && before.band !== "at_risk" ? ["health_at_risk" as const] : []),
    ...(after.trend === "falling" && before.trend !== "falling" ? ["health_falling" as const] : []),
  ];
}
