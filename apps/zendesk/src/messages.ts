import { english, type Messages } from "@sidelight/panel/index.ts";

/** A locale's texts, or undefined for English and languages without texts. */
export async function messagesFor(locale: string): Promise<Messages | undefined> {
  const language = locale.split("-")[0]?.toLowerCase();
  try {
    if (locale === "en-XA") return await pseudo();
    if (language === "de") return (await import("@sidelight/panel/messages/de.json")).default;
  } catch {
    // English is better than no panel when a language file cannot be loaded.
  }
  return undefined;
}

/** `en-XA` is English with accents and longer texts, which shows cut-off and untranslated words. */
async function pseudo(): Promise<Messages> {
  const { pseudoLocale } = await import("@sidelight/panel/pseudo.ts");
  return pseudoLocale(english);
}
