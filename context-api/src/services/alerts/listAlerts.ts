import type { Alert } from "@sidelight/contracts/connections/alert.ts";
import { listAlerts as listAlertRows } from "../../store/tables/alerts.ts";
import { type Page, type PageInput, pageByOffset } from "../page.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { alertViews } from "./alertView.ts";

export interface AlertListInput extends PageInput {
  kind?: string | undefined;
  /** Opened at or after this instant, epoch ms. */
  since?: number | undefined;
  /** `open` or `closed`. */
  state?: string | undefined;
}

/** Alerts, newest first. */
export const listAlerts = defineService(
  "events",
  async ({ served }: ServiceContext, { kind, since, state, ...page }: AlertListInput): Promise<Page<Alert>> => {
    const { log, config } = served.tenant;
    const rows = await pageByOffset(
      page,
      (slice) => listAlertRows(log.store, { ...slice, kind, since, state }),
      (row) => row,
    );
    return { ...rows, items: rows.items.map(await alertViews(log.store, config.alerts, rows.items)) };
  },
);
