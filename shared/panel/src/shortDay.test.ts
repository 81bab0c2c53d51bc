import { expect, it } from "vitest";
import { createFormatter } from "./format.ts";
import { shortDay } from "./shortDay.ts";

it.each([
  { locale: "en-US", day: "2027-09-22", text: "Sep 22, 2027" },
  { locale: "fr-FR", day: "2027-03-22", text: "22 mars 2027" },
  // In words, the year is cut in the column of a fact.
  { locale: "fr-FR", day: "2027-09-22", text: "22/09/2027" },
])("a day in a narrow column keeps its year: $text in $locale", ({ locale, day, text }) => {
  expect(shortDay(createFormatter(locale, "UTC", 0).day(day), day, locale)).toBe(text);
});

it("leaves a text alone that is no day", () => {
  const text = "the first of next month";
  expect(shortDay(createFormatter("fr-FR", "UTC", 0).day(text), text, "fr-FR")).toBe(text);
});
