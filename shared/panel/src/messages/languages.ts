import { english, type Messages } from "../translate.ts";

type Load = () => Promise<{ default: Messages }>;

/** One language is one file, which only its readers load. */
const languages: Readonly<Record<string, Load>> = {
  de: () => import("./de.json"),
  fr: () => import("./fr.json"),
  es: () => import("./es.json"),
  ja: () => import("./ja.json"),
  ar: () => import("./ar.json"),
};

/** English with accents and longer texts, which shows cut-off and untranslated words. */
const pseudoTag = "en-XA";

/** A locale's texts, or undefined for English, for a language without texts and for a file that cannot be loaded. */
export async function loadMessages(locale: string): Promise<Messages | undefined> {
  const language = locale.split("-")[0]?.toLowerCase() ?? "";
  try {
    if (locale === pseudoTag) return (await import("../pseudo.ts")).pseudoLocale(english);
    return Object.hasOwn(languages, language) ? (await languages[language]?.())?.default : undefined;
  } catch {
    // English is better than no panel.
    return undefined;
  }
}
