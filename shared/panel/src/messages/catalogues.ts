import type { Messages } from "../translate.ts";
import { english } from "../translate.ts";
import de from "./de.json" with { type: "json" };

const catalogues: Readonly<Record<string, Messages>> = { en: english, de };

/** The texts for a locale by its language: "de-CH" → German; an unknown language → English. */
export function messagesFor(locale: string): Messages {
  return catalogues[locale.split("-")[0]?.toLowerCase() ?? ""] ?? english;
}
