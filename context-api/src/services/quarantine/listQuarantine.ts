import type { Quarantined } from "@sidelight/contracts/events/quarantine.ts";
import { listQuarantineRows } from "../../store/tables/quarantine.ts";
import { iso, isoOrNull } from "../instant.ts";
import { type Page, type PageInput, pageByOffset } from "../page.ts";
import { defineService, type ServiceContext } from "../service.ts";

export interface QuarantineListInput extends PageInput {
  platform?: string | undefined;
  /** unknown_type, unreadable, wrong_account, gap or out_of_bounds. */
  reason?: string | undefined;
  /** quarantined, released or discarded. */
  state?: string | undefined;
  /** Received at or after this instant, epoch ms. */
  since?: number | undefined;
}

/** Messages that could not be used, newest first, without their content. */
export const listQuarantine = defineService(
  "operate",
  ({ served }: ServiceContext, { limit, cursor, ...filter }: QuarantineListInput): Promise<Page<Quarantined>> =>
    pageByOffset({ limit, cursor }, (slice) => listQuarantineRows(served.tenant.log.store, { ...slice, ...filter }), view),
);

function view(row: Awaited<ReturnType<typeof listQuarantineRows>>[number]): Quarantined {
  const { id, platform, connection, webhook, reason, detail, state, received_at, resolved_at } = row;
  return {
    id,
    platform,
    connection,
    webhook,
    reason,
    detail,
    state: state as Quarantined["state"],
    receivedAt: iso(received_at),
    resolvedAt: isoOrNull(resolved_at),
  };
}
