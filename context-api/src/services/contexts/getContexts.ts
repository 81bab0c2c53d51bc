import type { ContextAnswer } from "../../context/contexts.ts";
import type { LayoutInput } from "../panels/layoutFor.ts";
import { withLayout } from "../panels/withLayout.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, requireRef, type ServiceContext } from "../service.ts";
import { defaultDeadlineMs, orderedSections, readRef } from "./contextQuery.ts";

export interface GetContextsInput extends LayoutInput {
  refs: readonly string[];
  /** All when left out. */
  sections?: readonly string[] | undefined;
}

/** The contexts of several customers, in order: each an encoded answer, or the error of its ref. */
export const getContexts = defineService(
  "own",
  async (context: ServiceContext, input: GetContextsInput): Promise<(ContextAnswer | ProblemError)[]> => {
    const { served, actor } = context;
    const { refs, sections } = input;
    const { names } = served.tenant.sections;
    const orderedNames = orderedSections(sections ?? names, names);
    return await Promise.all(
      refs.map(async (text) => {
        try {
          const ref = readRef(text, served.tenant);
          requireRef(actor, ref.ref);
          const query = {
            ref,
            rights: actor.rights,
            sections: orderedNames,
            deadlineMs: defaultDeadlineMs,
            searcher: actor.keyId,
          };
          return withLayout(context, await served.contexts.answer(query), input);
        } catch (error) {
          if (error instanceof ProblemError) return error;
          throw error;
        }
      }),
    );
  },
);
