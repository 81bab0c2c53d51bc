import type { LayoutInput } from "../panels/layoutFor.ts";
import { type LaidOutAnswer, withLayout } from "../panels/withLayout.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { type ContextInput, contextQuery } from "./contextQuery.ts";
import { recordPanelView } from "./panelView.ts";
import { pastMoment } from "./pastMoment.ts";

export interface GetContextInput extends ContextInput, LayoutInput {
  /** Answer as of this instant, epoch ms; now when left out. */
  at?: number | undefined;
  /** True answers from the store, without a call to a platform. */
  storeOnly?: boolean;
  /** Name of the panel that shows the answer. */
  panel?: string | undefined;
}

/** The context of one customer, encoded. @throws {ProblemError} invalid_ref, invalid_request, forbidden */
export const getContext = defineService(
  "session",
  async (context: ServiceContext, { at, storeOnly = false, panel, ...input }: GetContextInput): Promise<LaidOutAnswer> => {
    const { served } = context;
    const query = { ...contextQuery(context, input), storeOnly };
    const answer = await served.contexts.answer(at === undefined ? query : { ...query, at: await pastMoment(served.tenant, at) });
    recordPanelView(served, panel, answer);
    return withLayout(context, answer, input);
  },
);
