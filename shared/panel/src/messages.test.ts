import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import de from "./messages/de.json" with { type: "json" };
import en from "./messages/en.json" with { type: "json" };
import { pseudoLocale } from "./pseudo.ts";
import { createTranslator, directionOf, english, isolate } from "./translate.ts";

const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

describe("catalogues", () => {
  it("German has every text of English, with the same placeholders", () => {
    expect(Object.keys(de)).toEqual(Object.keys(en));
    for (const [key, text] of Object.entries(en)) {
      expect([key, placeholders(de[key as keyof typeof de])]).toEqual([key, placeholders(text)]);
    }
  });

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

  it("limits a direction override to its text", () => {
    expect(isolate("Ada \u202egnp.exe")).toBe("\u2068Ada \u202egnp.exe\u2069");
    expect(isolate("Ada")).toBe("Ada");
  });

  it("knows right-to-left languages", () => {
    expect(["ar", "he-IL", "fa", "de", "en"].map(directionOf)).toEqual(["rtl", "rtl", "rtl", "ltr", "ltr"]);
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
