import type { Messages } from "../translate.ts";
import { english } from "../translate.ts";
import ar from "./ar.json" with { type: "json" };
import de from "./de.json" with { type: "json" };
import es from "./es.json" with { type: "json" };
import fr from "./fr.json" with { type: "json" };
import ja from "./ja.json" with { type: "json" };

/** All languages at once, for tests and tools. A panel loads one: see `languages.ts`. */
export const catalogues: Readonly<Record<string, Messages>> = { en: english, de, fr, es, ja, ar };

/** The texts for a locale by its language: "de-CH" → German; an unknown language → English. */
export function messagesFor(locale: string): Messages {
  return catalogues[locale.split("-")[0]?.toLowerCase() ?? ""] ?? english;
}
