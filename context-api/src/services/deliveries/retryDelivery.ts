import type { RetriedDeliveries } from "@sidelight/contracts/events/delivery.ts";
import { acceptedCause, duplicateCause } from "../../deliveries/duplicateCauses.ts";
import { ProblemError, shownId } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { requeue } from "./requeue.ts";

export interface RetryInput {
  id: string;
  /** Creates the record although it may be a duplicate. */
  create?: boolean;
}

/**
 * Requeues one dead letter, or makes a waiting delivery due now.
 * @throws {ProblemError} not_found, conflict when the delivery is in another state
 */
export const retryDelivery = defineService(
  "operate",
  async (context: ServiceContext, { id, create = false }: RetryInput): Promise<RetriedDeliveries> => {
    const [delivery] = await context.served.deliveries.list({ limit: 1, id });
    if (!delivery) throw new ProblemError("not_found", `There is no delivery ${shownId(id)}. GET /v1/deliveries lists the ids.`);
    if (delivery.state !== "dead_letter" && delivery.state !== "waiting")
      throw new ProblemError(
        "conflict",
        `The delivery is ${delivery.state}. Only dead letters and waiting deliveries can be retried.`,
      );
    if (create && delivery.cause !== duplicateCause)
      throw new ProblemError("conflict", "The delivery is no possible duplicate. Retry it without create.");
    const entry = { verb: create ? "deliveries.create" : "deliveries.retry", ids: { delivery: id } };
    return await requeue(context, [delivery], entry, create ? acceptedCause : undefined);
  },
);
