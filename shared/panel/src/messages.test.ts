import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogues } from "./messages/catalogues.ts";
import en from "./messages/en.json" with { type: "json" };
import { pseudoLocale } from "./pseudo.ts";
import { createTranslator, english, type Messages } from "./translate.ts";

const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

const texts = (catalogue: Messages): [string, string][] => Object.entries(catalogue);
/** "driver.csat_ratings" of "driver.csat_ratings.one" where it is a plural; null for other keys. */
const pluralOf = (key: string): string | null => {
  const base = key.replace(/\.(zero|one|two|few|many|other)$/, "");
  return base !== key && `${base}.one` in en && `${base}.other` in en ? base : null;
};
/** What a language does not write: its own marks, and the spaces before and in them. */
const wrongMarks: Readonly<Record<string, RegExp>> = {
  en: /[“”]\s|\s[:;?!]|["«»]/,
  de: /\s[:;?!]|["«»]/,
  fr: /'|[^\u00a0]:|[^\u202f][;?!»]|«[^\u202f]|["“”]/,
  es: /\s[:;?!]|["«»]|^[^¿]*\?|^[^¡]*!/,
  ja: /[:;?!,"()“”«»]|[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}] | [\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u,
  ar: /[,;?"“”]/,
};
const pluralKeys = [...new Set(Object.keys(en).flatMap((key) => pluralOf(key) ?? []))];

describe.each(Object.entries(catalogues))("the texts in %s", (language, catalogue) => {
  it("are complete, with the same placeholders as in English", () => {
    const missingTexts = texts(en).filter(([key]) => pluralOf(key) === null && !(key in catalogue));
    expect(missingTexts).toEqual([]);
    for (const [key, text] of texts(catalogue)) {
      const base = pluralOf(key);
      const original = english[base ? `${base}.other` : key];
      expect([key, original !== undefined]).toEqual([key, true]);
      // "1 ticket" needs no number where the language has a form for exactly one, two or none.
      const isOptional = (name: string) => base !== null && name === "{count}" && /\.(zero|one|two)$/.test(key);
      const expected = placeholders(original ?? "").filter((name) => !isOptional(name) || text.includes(name));
      expect([key, [...new Set(placeholders(text))]]).toEqual([key, [...new Set(expected)]]);
    }
  });

  it("have each plural form of the language, and no other", () => {
    const categories = [...new Intl.PluralRules(language).resolvedOptions().pluralCategories].sort();
    for (const base of pluralKeys) {
      const forms = Object.keys(catalogue).filter((key) => pluralOf(key) === base);
      expect([base, forms.map((key) => key.slice(base.length + 1)).sort()]).toEqual([base, categories]);
    }
  });

  it("have no control characters, as a failed replacement leaves them", () => {
    expect(texts(catalogue).filter(([, text]) => /\p{Cc}/u.test(text))).toEqual([]);
  });

  it("have the punctuation of the language", () => {
    const wrong = wrongMarks[language];
    if (!wrong) throw new Error(`Add the punctuation of ${language} to wrongMarks.`);
    expect(texts(catalogue).filter(([, text]) => wrong.test(text.replace(/\{\w+\}/g, "x")))).toEqual([]);
  });

  it("end with a question mark where the English text does", () => {
    const isQuestion = (text: string): boolean => /[?？؟]$/.test(text);
    const changed = texts(catalogue).filter(([key, text]) => english[key] && isQuestion(english[key]) !== isQuestion(text));
    expect(changed).toEqual([]);
  });

  it("are not empty, and end as in English", () => {
    for (const [key, text] of texts(catalogue)) {
      expect([key, text.trim() === text && text !== ""]).toEqual([key, true]);
      const original = english[key];
      if (original) expect([key, original.endsWith("…") === text.endsWith("…")]).toEqual([key, true]);
    }
  });
});

describe("catalogues", () => {
  it("every text is used", () => {
    const folder = new URL("./", import.meta.url);
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /(?<!test)\.ts$/.test(name));
    const code = files.map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n");
    const unusedKeys = Object.keys(en).filter((key) => {
      const plain = key.replace(/\.(one|other)$/, "");
      const family = `${plain.slice(0, plain.lastIndexOf(".") + 1)}\${`;
      return ![`"${plain}"`, `"${key}"`, `\`${family}`].some((usage) => code.includes(usage)) && !/^(label|insert)\./.test(plain);
    });
    expect(unusedKeys).toEqual([]);
  });
});

describe("translate", () => {
  const t = createTranslator("en", english, String);

  it("fills placeholders, leaves unknown ones and takes no key from an object's prototype", () => {
    expect(t("summary.fact", { label: "ARR", text: "€1" })).toBe("ARR: €1");
    expect(t.maybe("constructor", "fallback")).toBe("fallback");
    expect(t("announce.ready", { name: "{freshness}", freshness: "x" })).toBe("{freshness}. x.");
  });

  it("uses the language's plural rules for its own texts and English ones for English", () => {
    const polish = createTranslator("pl", { "fact.ratings.few": "{count} oceny", "fact.ratings.other": "{count} ocen" }, String);
    expect([2, 5].map((n) => polish.plural("fact.ratings", n))).toEqual(["2 oceny", "5 ocen"]);
    expect(polish.plural("driver.open_tickets", 1)).toBe("1 open ticket");
  });
});

describe("pseudo-locale", () => {
  it("is at least 40 % longer and keeps placeholders", () => {
    for (const [key, text] of Object.entries(pseudoLocale(en))) {
      const original = en[key as keyof typeof en];
      expect(placeholders(text)).toEqual(placeholders(original));
      const words = (message: string) => message.replace(/\{\w+\}/g, "").length;
      expect(words(text)).toBeGreaterThanOrEqual(words(original) * 1.4);
    }
  });
});
