import type { RetriedDeliveries } from "@sidelight/contracts/events/delivery.ts";
import { groupDeadLetters } from "../../store/tables/deliveryFigures.ts";
import { iso } from "../instant.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { maxRetries, type RetryFilter } from "./retryDeliveries.ts";

/** What a retry of these dead letters would requeue, by target, route and cause. Nothing is changed. */
export const previewRetry = defineService(
  "operate",
  async ({ served }: ServiceContext, filter: RetryFilter): Promise<RetriedDeliveries> => {
    const groups = await groupDeadLetters(served.tenant.log.store, filter);
    const count = groups.reduce((sum, group) => sum + group.count, 0);
    const views = groups.map(({ firstAt, lastAt, ...group }) => ({ ...group, firstAt: iso(firstAt), lastAt: iso(lastAt) }));
    return { retried: 0, preview: { count, atOnce: maxRetries, groups: views } };
  },
);
