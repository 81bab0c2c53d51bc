import type { Delivery } from "@sidelight/contracts/events/delivery.ts";
import type { Deliveries } from "../../deliveries/deliveryQueue.ts";
import { iso, isoOrNull } from "../instant.ts";
import { type Page, type PageInput, pageByOffset } from "../page.ts";
import { defineService, type ServiceContext } from "../service.ts";

export interface DeliveryListInput extends PageInput {
  /** Id of the target connection. */
  target?: string | undefined;
  route?: string | undefined;
  state?: string | undefined;
  /** Created at or after this instant, epoch ms. */
  since?: number | undefined;
}

/** Deliveries, newest first. */
export const listDeliveries = defineService(
  "operator",
  ({ served }: ServiceContext, { limit, cursor, ...filter }: DeliveryListInput): Promise<Page<Delivery>> =>
    pageByOffset({ limit, cursor }, (slice) => served.deliveries.list({ ...slice, ...filter }), view),
);

function view(row: Awaited<ReturnType<Deliveries["list"]>>[number]): Delivery {
  const { id, route, target, action, cause, message, attempts, ref, config } = row;
  return {
    id,
    eventId: row.event_id,
    route,
    target,
    action,
    state: row.state as Delivery["state"],
    cause,
    message,
    attempts,
    nextAttemptAt: row.state === "waiting" ? iso(row.next_at) : null,
    createdAt: iso(row.created_at),
    settledAt: isoOrNull(row.settled_at),
    ref,
    config,
  };
}
