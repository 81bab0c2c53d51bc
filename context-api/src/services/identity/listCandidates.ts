import type { Suggestion, SuggestionState } from "@sidelight/contracts/identity/evidence.ts";
import { type Page, type PageInput, pageByOffset } from "../page.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { matchesOf } from "./matches.ts";
import { type FoundSuggestion, suggestionsOf, suggestionView } from "./suggestionView.ts";

export interface CandidatesInput extends PageInput {
  state?: SuggestionState | undefined;
  kind?: FoundSuggestion["kind"] | undefined;
  minConfidence?: number | undefined;
}

/** Customers that may be one, best first. What a person decided about is no suggestion any more: it is a decision. */
export const listCandidates = defineService(
  "identify",
  async (
    context: ServiceContext,
    { state = "open", kind, minConfidence = 0, ...page }: CandidatesInput,
  ): Promise<Page<Suggestion>> => {
    if (state !== "open") return { items: [], nextCursor: null };
    const matches = await matchesOf(context.served);
    const found = suggestionsOf(matches).filter(
      (suggestion) => (kind === undefined || suggestion.kind === kind) && suggestion.confidence >= minConfidence,
    );
    return await pageByOffset(
      page,
      async ({ limit, offset }) => {
        const views: Suggestion[] = [];
        for (const suggestion of found) {
          if (views.length >= offset + limit) break;
          const view = await suggestionView(context, suggestion, matches);
          if (view) views.push(view);
        }
        return views.slice(offset);
      },
      (view) => view,
    );
  },
);
