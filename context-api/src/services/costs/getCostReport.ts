import type { CostReport } from "@sidelight/contracts/costs/costs.ts";
import { monthOf } from "@sidelight/model/month.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { costsOfMonth } from "./costsOfMonth.ts";
import { instantIn } from "./instantIn.ts";

const dayMs = 86_400_000;

/**
 * The costs of a month beside those of the month before it.
 * @throws {ProblemError} invalid_request, for a month that has not begun
 */
export const getCostReport = defineService(
  "events",
  async (
    { served: { tenant, answerTotals } }: ServiceContext,
    { month }: { month?: string | undefined },
  ): Promise<CostReport> => {
    const instant = month === undefined ? tenant.clock.now() : instantIn(month, tenant);
    await answerTotals.flush().catch(() => {});
    const { startsAt } = monthOf(instant, tenant.config.timeZone);
    const current = await costsOfMonth(tenant, instant);
    const hasPrevious = current.since !== null && Date.parse(current.since) < startsAt;
    return { current, previous: hasPrevious ? await costsOfMonth(tenant, startsAt - dayMs) : null };
  },
);
