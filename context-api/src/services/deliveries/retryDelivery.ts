import type { RetriedDeliveries } from "@sidelight/contracts/events/delivery.ts";
import { ProblemError, shownId } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { requeue } from "./requeue.ts";

/**
 * Requeues one dead letter, or makes a waiting delivery due now.
 * @throws {ProblemError} not_found, conflict when the delivery is in another state
 */
export const retryDelivery = defineService(
  "operate",
  async (context: ServiceContext, { id }: { id: string }): Promise<RetriedDeliveries> => {
    const [delivery] = await context.served.deliveries.list({ limit: 1, id });
    if (!delivery) throw new ProblemError("not_found", `There is no delivery ${shownId(id)}. GET /v1/deliveries lists the ids.`);
    if (delivery.state !== "dead_letter" && delivery.state !== "waiting")
      throw new ProblemError(
        "conflict",
        `The delivery is ${delivery.state}. Only dead letters and waiting deliveries can be retried.`,
      );
    return await requeue(context, [delivery], { verb: "deliveries.retry", ids: { delivery: id } });
  },
);
