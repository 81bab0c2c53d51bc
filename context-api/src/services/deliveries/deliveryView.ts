import type { Delivery } from "@sidelight/contracts/events/delivery.ts";
import { type ObjectCatalog, splitRef } from "@sidelight/model/refs.ts";
import type { ListedDelivery } from "../../deliveries/deliveryQueue.ts";
import { iso, isoOrNull } from "../instant.ts";

/** A delivery as the API shows it. */
export function deliveryView(row: ListedDelivery, platforms: ReadonlyMap<string, ObjectCatalog>): Delivery {
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
    ref: ref && shownRef(ref, platforms),
    config,
    purpose: row.purpose as Delivery["purpose"],
  };
}

/** An operator needs the record, not the customer: an id that others than the platform chose is not shown, because it can be an address. */
function shownRef(ref: string, platforms: ReadonlyMap<string, ObjectCatalog>): string {
  const { platform, object } = splitRef(ref);
  const type = platforms.get(platform)?.objects[object];
  return type && !type.hasChosenIds ? ref : `${platform}.${object}:•••`;
}
