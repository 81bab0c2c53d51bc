import type { ContextAnswer, ContextQuery } from "../../context/contexts.ts";
import type { LayoutInput } from "../panels/layoutFor.ts";
import { type LaidOutAnswer, withLayout } from "../panels/withLayout.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, requireAction, type ServiceContext } from "../service.ts";
import { type ContextInput, contextQuery } from "./contextQuery.ts";

/**
 * Fetches one customer from the platforms, then answers.
 * @throws {ProblemError} invalid_ref, invalid_request, rate_limited within 30 seconds of the last refresh, or above the caller's limit
 */
export const refreshContext = defineService(
  "own",
  async (context: ServiceContext, input: ContextInput & LayoutInput): Promise<LaidOutAnswer> => {
    requireAction(context.actor, "refresh");
    return withLayout(context, await refreshed(context, contextQuery(context, input)), input);
  },
);

/** The answer after a refresh. @throws {ProblemError} rate_limited */
export async function refreshed({ served }: Pick<ServiceContext, "served">, query: ContextQuery): Promise<ContextAnswer> {
  const { contexts, tenant } = served;
  const answer = await contexts.refresh(query);
  if (!("retryAt" in answer)) return answer;
  const retryAfterSeconds = Math.max(1, Math.ceil((answer.retryAt - tenant.clock.now()) / 1000));
  const reason =
    answer.limit === null
      ? "This customer was refreshed less than 30 seconds ago."
      : `This API key may search and refresh ${answer.limit} times a minute.`;
  throw new ProblemError("rate_limited", `${reason} Retry in ${retryAfterSeconds} s.`, { retryAfterSeconds });
}
