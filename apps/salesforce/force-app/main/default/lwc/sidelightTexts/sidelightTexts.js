/** @typedef {import("@sidelight/panel/index.ts").Messages} Messages */

/** One language is one module, which only its readers load. English is part of the view-model.
 * @type {Record<string, () => Promise<{ default: Messages }>>} */
const languages = {
  ar: () => import("c/sidelightTextsAr"),
  de: () => import("c/sidelightTextsDe"),
  es: () => import("c/sidelightTextsEs"),
  fr: () => import("c/sidelightTextsFr"),
  ja: () => import("c/sidelightTextsJa"),
  xa: () => import("c/sidelightTextsXa"),
};

/** English with accents and longer texts, which shows cut-off and untranslated words. */
const pseudoTag = "en-XA";

/** The texts of a locale; undefined for English, for other languages and when the module cannot be loaded.
 * @param {string} locale @returns {Promise<Messages | undefined>} */
export async function loadTexts(locale) {
  const [language = ""] = locale === pseudoTag ? ["xa"] : locale.split("-");
  try {
    return Object.hasOwn(languages, language) ? (await languages[language]?.())?.default : undefined;
  } catch {
    // English is better than no panel.
    return undefined;
  }
}
