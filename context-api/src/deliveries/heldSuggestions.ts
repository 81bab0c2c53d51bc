import { suggestionId, toStoredConfidence } from "../linking/suggestions.ts";
import type { TenantLog } from "../log/log.ts";
import type { Statement } from "../store/statement.ts";
import { loadSuggestions, type SuggestionRow, saveSuggestion } from "../store/tables/identitySuggestions.ts";
import type { AskedCreation } from "./creationCheck.ts";

/** A person decides: no suggestion is more certain. */
const maxConfidence = 0.98;

/** Statements that put the possible duplicates of held deliveries into the review queue, unless they are there already. */
export async function heldSuggestions(log: TenantLog, questions: readonly AskedCreation[], now: number): Promise<Statement[]> {
  const rows = questions.flatMap((creation) => rowsOf(creation, now));
  if (rows.length === 0) return [];
  const present = new Set(
    (
      await loadSuggestions(
        log.store,
        rows.map(({ id }) => id),
      )
    ).map(({ id }) => id),
  );
  return rows.filter(({ id }) => !present.has(id)).map((row) => saveSuggestion(log.store, row));
}

/** Without a stored record of the event's person there is no pair to decide about. */
function rowsOf({ found: { own }, matches, modelVersion }: AskedCreation, now: number): SuggestionRow[] {
  const [first] = own?.records ?? [];
  if (!own || !first) return [];
  return matches.map(({ node, best, confidence, reasons }) => ({
    id: suggestionId(own.node, node),
    kind: "person",
    left_key: first.key,
    right_key: best.key,
    confidence: toStoredConfidence(Math.min(maxConfidence, confidence)),
    reasons: JSON.stringify(reasons),
    model_version: modelVersion,
    state: "open",
    found_at: now,
    updated_at: now,
  }));
}
