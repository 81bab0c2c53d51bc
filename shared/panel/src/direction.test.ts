import { describe, expect, it } from "vitest";
import { createIsolator, directionOf, withContainedDirections } from "./direction.ts";
import { createFormatter } from "./format.ts";
import { createTranslator, english } from "./translate.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
const isolatedText = (text: string): string => `\u2068${text}\u2069`;

describe("a value among other words", () => {
  it("is isolated in a text from right to left, so that an amount keeps its order", () => {
    const isolate = createIsolator("ar-EG");
    expect(isolate("€1,234.00")).toBe(isolatedText("€1,234.00"));
    const t = createTranslator("ar", { "summary.fact": "{label}: {text}" }, String);
    expect(t("summary.fact", { label: "ARR", text: "$96" })).toBe(`\u200f${isolatedText("ARR")}: ${isolatedText("$96")}`);
    expect(t.plural("fact.ratings", 3)).toBe(`\u200f${isolatedText("3")} ratings`);
  });

  it("does not turn around a text that begins with it", () => {
    const arabic = createTranslator("ar", { "section.forbidden_contact": "{contact} يمكنه منح الوصول" }, String);
    expect(arabic("section.forbidden_contact", { contact: "Ada" })).toMatch(/^\u200f\u2068Ada\u2069/);
    const t = createTranslator("en", english, String);
    expect(t("section.forbidden_contact", { contact: "آدا" })).toBe(`\u200e${isolatedText("آدا")} can grant access.`);
    expect(t("section.forbidden_contact", { contact: "Ada" })).toBe("Ada can grant access.");
  });

  it("is left as it is in a text of its own direction, and isolated in one of the other", () => {
    const isolate = createIsolator("en");
    expect(isolate("Ada")).toBe("Ada");
    expect(isolate("")).toBe("");
    expect(isolate("آدا")).toBe(isolatedText("آدا"));
  });

  it("is isolated once, and cannot end its isolation by itself", () => {
    const isolate = createIsolator("en");
    expect(isolate(isolate("آدا"))).toBe(isolatedText("آدا"));
    expect(isolate("a\u2069\u202eb")).toBe(isolatedText("a\u202eb"));
  });

  it("is formatted by the language's own digits and signs", () => {
    expect(createFormatter("ar-EG", "UTC", now).number(1234.5)).toBe("١٬٢٣٤٫٥");
  });
});

describe("a direction override in a customer's text", () => {
  it("ends with the text, wherever it is in the answer", () => {
    const answer = { customer: { name: "Ada \u202egnp.exe" }, list: [{ title: "plain" }] };
    expect(withContainedDirections(answer)).toEqual({
      customer: { name: isolatedText("Ada \u202egnp.exe") },
      list: [{ title: "plain" }],
    });
  });

  it("is the only reason for a copy", () => {
    const answer = { name: "Ada", list: [1, null, "آدا"] };
    expect(withContainedDirections(answer)).toBe(answer);
    expect(withContainedDirections(null)).toBeNull();
  });

  it("does not matter to the words of the panel", () => {
    const t = createTranslator("en", english, String);
    expect(t("name.part_of", { parent: "Ada \u202egnp.exe" })).toBe(`part of ${isolatedText("Ada \u202egnp.exe")}`);
  });
});

it("knows right-to-left languages", () => {
  expect(["ar", "he-IL", "fa", "de", "en"].map(directionOf)).toEqual(["rtl", "rtl", "rtl", "ltr", "ltr"]);
});
