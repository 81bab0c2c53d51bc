import type { Messages } from "./translate.ts";

const accents: Readonly<Record<string, string>> = Object.fromEntries(
  [..."aàeéiîoöuüAÀEÉIÎOÖUÜnñcçyýsš"].reduce<[string, string][]>((pairs, letter, index, letters) => {
    if (index % 2 === 0) pairs.push([letter, letters[index + 1] ?? letter]);
    return pairs;
  }, []),
);

/** A language for tests: every text has accents and brackets and is 40 % longer, which shows untranslated and cut-off words. */
export function pseudoLocale(messages: Messages): Messages {
  return Object.fromEntries(Object.entries(messages).map(([key, text]) => [key, pseudo(text)]));
}

function pseudo(text: string): string {
  const letters = text.replace(/\{\w+\}|[\s\S]/gu, (part) => accents[part] ?? part);
  const length = text.replace(/\{\w+\}/g, "").length;
  // The brackets are part of it: texts inside texts have several.
  const dots = Math.max(0, Math.ceil(length * 0.4) - 2);
  return `[${letters}${"·".repeat(dots)}]`;
}
