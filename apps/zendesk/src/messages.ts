import { english, type Messages } from "@sidelight/panel/index.ts";

/** A locale's texts, or undefined where there are none and English serves. */
export async function messagesFor(locale: string): Promise<Messages | undefined> {
  const language = locale.split("-")[0]?.toLowerCase();
  try {
    if (locale === "en-XA") return await pseudo();
    if (language === "de") return (await import("@sidelight/panel/messages/de.json")).default;
  } catch {
    // A language file that can't be fetched is no reason to show nothing.
  }
  return undefined;
}

/** `en-XA` is the accented, lengthened English that shows cut-off and untranslated words. */
async function pseudo(): Promise<Messages> {
  const { pseudoLocale } = await import("@sidelight/panel/pseudo.ts");
  return pseudoLocale(english);
}
