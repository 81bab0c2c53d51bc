import type { Locator } from "playwright-core";

interface Part {
  nodeType: number;
  nodeValue: string | null;
  tagName?: string;
  shadowRoot?: Part | null;
  childNodes: Iterable<Part>;
  getAttribute?(name: string): string | null;
}

/** Every text of an element and its components, and the names and titles that only attributes have. */
export const wordsIn = (root: Locator): Promise<string[]> =>
  root.evaluate((element) => {
    const textsOf = (part: Part): string[] => {
      if (part.nodeType === 3) return [part.nodeValue?.trim() ?? ""];
      if (["SCRIPT", "STYLE"].includes(part.tagName ?? "")) return [];
      const names = ["aria-label", "aria-description", "aria-roledescription", "title", "placeholder", "alt"];
      const attributes = names.map((name) => part.getAttribute?.(name) ?? "");
      const children = [...(part.shadowRoot?.childNodes ?? []), ...part.childNodes];
      return [...attributes, ...children.flatMap(textsOf)];
    };
    return [...new Set(textsOf(element as unknown as Part))].filter((text) => text !== "");
  });

/**
 * The words that are neither in the catalogue of texts nor in the answer. The language for tests puts an accent on each letter that has
 * one, also in a text inside a text: a word without accents comes from elsewhere. Two capitals are initials.
 * @param answer the values that a panel may show as they are
 */
export function untranslatedWords(texts: readonly string[], answer: unknown): string[] {
  const answerWords = new Set(JSON.stringify(answer).match(/[\p{L}\p{M}]+/gu));
  const isUntranslated = (word: string): boolean =>
    /[aeiouncysAEIOU]/.test(word) && !answerWords.has(word) && !calendarWords.test(word) && !/^\p{Lu}{1,2}$/u.test(word);
  return texts
    .filter((text) => !requestId.test(text))
    .flatMap((text) => {
      const words = (text.match(/[\p{L}\p{M}]+/gu) ?? []).filter(isUntranslated);
      return words.length === 0 ? [] : [`${words.join(" ")} (in: ${text})`];
    });
}

const requestId = /^req[-_][\w-]+$/;

/** What `Intl` writes. */
const calendarWords = /^(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|AM|PM|and|at)$/;
