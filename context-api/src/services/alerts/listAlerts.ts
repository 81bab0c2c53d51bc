import type { Alert } from "@sidelight/contracts/connections/alert.ts";
import { listAlerts as listAlertRows } from "../../store/tables/alerts.ts";
import { iso, isoOrNull } from "../instant.ts";
import { type Page, type PageInput, pageByOffset } from "../page.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { nextActionOf } from "./rules/index.ts";

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
  ({ served }: ServiceContext, { kind, since, state, ...page }: AlertListInput): Promise<Page<Alert>> =>
    pageByOffset(page, (slice) => listAlertRows(served.tenant.log.store, { ...slice, kind, since, state }), view),
);

function view(row: Awaited<ReturnType<typeof listAlertRows>>[number]): Alert {
  const { id, kind, severity, connection, subject, message, cause, since, count, next_action, reopenings, opened_at, closed_at } =
    row;
  return {
    id,
    kind,
    severity: severity as Alert["severity"],
    connection,
    subject,
    message,
    cause: cause ?? message,
    since: iso(since ?? opened_at),
    count,
    nextAction: next_action ?? nextActionOf(kind),
    reopenings,
    openedAt: iso(opened_at),
    closedAt: isoOrNull(closed_at),
  };
}
