import type { Alert } from "@sidelight/contracts/connections/alert.ts";
import type { AlertsTable } from "../../store/schema.ts";
import { findAlert } from "../../store/tables/alerts.ts";
import { ProblemError, shownId } from "../problemError.ts";
import type { ServedTenant } from "../servedTenant.ts";
import { alertViews } from "./alertView.ts";

/** @throws {ProblemError} not_found */
export async function requireAlert({ tenant }: Pick<ServedTenant, "tenant">, id: string): Promise<AlertsTable> {
  const row = await findAlert(tenant.log.store, id);
  if (!row) throw new ProblemError("not_found", `There is no alert ${shownId(id)}. GET /v1/alerts lists the ids.`);
  return row;
}

/** The alert as the API shows it now. */
export async function updatedAlert(servedServedTenant: Pick<ServedTenant, "tenant">, id: string): Promise<Alert> {
  const { log, config } = servedServedTenant.tenant;
  const row = await requireAlert(servedServedTenant, id);
  return (await alertViews(log.store, config.alerts, [row]))(row);
}
