import type { Costs } from "@sidelight/contracts/costs/costs.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { costsOfMonth } from "./costsOfMonth.ts";
import { instantIn } from "./instantIn.ts";

/**
 * What a month has cost so far, and will have cost at its end.
 * @throws {ProblemError} invalid_request, for a month that has not begun
 */
export const getCosts = defineService(
  "events",
  async ({ served: { tenant, answerTotals } }: ServiceContext, { month }: { month?: string | undefined }): Promise<Costs> => {
    const instant = month === undefined ? undefined : instantIn(month, tenant);
    // A store that is lost delays them.
    await answerTotals.flush().catch(() => {});
    return await costsOfMonth(tenant, instant);
  },
);
