import { queriesOf } from "../queries.ts";
import type { ChurnAlertsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type ChurnAlertRow = Omit<ChurnAlertsTable, "tenant">;

type ListedAlert = Pick<ChurnAlertRow, "cause" | "is_alert" | "raised_at">;

/** The last risk of each cause, worth an alert and not, about a customer (`company:…` or `person:…`). */
export const listChurnAlerts = (store: TenantStore, customer: string): Promise<ListedAlert[]> =>
  queriesOf(store).from("churn_alerts").select(["cause", "is_alert", "raised_at"]).where("customer", "=", customer).execute();

export const saveChurnAlert = (store: TenantStore, { customer, cause, is_alert, ...row }: ChurnAlertRow): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("churn_alerts", { customer, cause, is_alert, ...row })
      .onConflict((c) => c.columns(["tenant", "customer", "cause", "is_alert"]).doUpdateSet(row)),
  );
