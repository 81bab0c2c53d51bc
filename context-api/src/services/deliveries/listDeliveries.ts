import type { Delivery } from "@sidelight/contracts/events/delivery.ts";
import { type Page, type PageInput, pageByOffset } from "../page.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { deliveryView } from "./deliveryView.ts";

export interface DeliveryListInput extends PageInput {
  /** Id of the target connection. */
  target?: string | undefined;
  route?: string | undefined;
  state?: string | undefined;
  /** Why the last attempt failed. */
  cause?: string | undefined;
  /** Created at or after this instant, epoch ms. */
  since?: number | undefined;
}

/** Deliveries, newest first. */
export const listDeliveries = defineService(
  "operate",
  ({ served }: ServiceContext, { limit, cursor, ...filter }: DeliveryListInput): Promise<Page<Delivery>> =>
    pageByOffset(
      { limit, cursor },
      (slice) => served.deliveries.list({ ...slice, ...filter }),
      (row) => deliveryView(row, served.tenant.platforms),
    ),
);
