import type { Messages } from "./translate.ts";

const accents: Readonly<Record<string, string>> = Object.fromEntries(
  [..."aàeéiîoöuüAÀEÉIÎOÖUÜnñcçyýsš"].reduce<[string, string][]>((pairs, letter, index, all) => {
    if (index % 2 === 0) pairs.push([letter, all[index + 1] ?? letter]);
    return pairs;
  }, []),
);

/** A language for testing: every text accented, in brackets and 40 % longer, so that untranslated and cut-off words stand out. */
export function pseudoLocale(messages: Messages): Messages {
  return Object.fromEntries(Object.entries(messages).map(([key, text]) => [key, pseudo(text)]));
}

function pseudo(text: string): string {
  const accented = text.replace(/\{\w+\}|[\s\S]/gu, (part) => accents[part] ?? part);
  const visible = text.replace(/\{\w+\}/g, "").length;
  return `[${accented}${"·".repeat(Math.ceil(visible * 0.4))}]`;
}
