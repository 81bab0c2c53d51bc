import type { RetriedDeliveries } from "@sidelight/contracts/events/delivery.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { requeue } from "./requeue.ts";

export interface RetryFilter {
  /** Id of the target connection. */
  target?: string | undefined;
  route?: string | undefined;
  cause?: string | undefined;
}

/** Dead letters that one call requeues at most. */
export const maxRetries = 1_000;

/** Requeues the newest dead letters that match, up to 1,000. */
export const retryDeliveries = defineService(
  "operate",
  async (context: ServiceContext, filter: RetryFilter): Promise<RetriedDeliveries> => {
    const { target, route, cause } = filter;
    const deadLetters = await context.served.deliveries.list({ limit: maxRetries, state: "dead_letter", target, route, cause });
    const ids = { target: target ?? null, route: route ?? null, cause: cause ?? null, deliveries: deadLetters.length };
    return await requeue(context, deadLetters, { verb: "deliveries.retryAll", ids });
  },
);
