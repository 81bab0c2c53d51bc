import type { Suggestion, SuggestionState } from "@sidelight/contracts/identity/evidence.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { ensureMatched } from "../../linking/matchTenant.ts";
import { toStoredConfidence } from "../../linking/suggestions.ts";
import { openReader } from "../../log/reader.ts";
import { listSuggestionRows } from "../../store/tables/identitySuggestions.ts";
import { type Page, type PageInput, pageByOffset } from "../page.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { storedSuggestion } from "./suggestionView.ts";

export interface CandidatesInput extends PageInput {
  state?: SuggestionState | undefined;
  kind?: Suggestion["kind"] | undefined;
  minConfidence?: number | undefined;
}

/** Customers that may be one, and suggestions that a decision settled, best first. */
export const listCandidates = defineService(
  "identify",
  async (
    { served, actor }: ServiceContext,
    { state = "open", kind, minConfidence = 0, ...page }: CandidatesInput,
  ): Promise<Page<Suggestion>> => {
    const { log, clock } = served.tenant;
    await ensureMatched({ log, clock });
    const filter = { state, kind, minConfidence: toStoredConfidence(minConfidence) };
    const { items: rows, nextCursor } = await pageByOffset(
      page,
      (slice) => listSuggestionRows(log.store, { ...filter, ...slice }),
      (row) => row,
    );
    const reader = openReader(log);
    const items: Suggestion[] = [];
    for (const row of rows) {
      const view = await storedSuggestion(reader, row);
      if (!view) continue;
      const { value, masked } = maskDeep(view, actor.rights);
      items.push({ ...value, masked });
    }
    return { items, nextCursor };
  },
);
