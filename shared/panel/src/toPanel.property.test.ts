import fc from "fast-check";
import { expect, it } from "vitest";
import { fixtures } from "./fixtures/index.ts";
import { places } from "./fixtures/places.ts";
import en from "./messages/en.json" with { type: "json" };
import { toSummary } from "./summary.ts";
import { toPanel } from "./toPanel.ts";
import type { PanelOptions, PanelView } from "./view.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
const names = Object.keys(fixtures) as (keyof typeof fixtures)[];

const options = fc.record({
  locale: fc.constantFrom("en", "de-DE", "ar-EG", "ja-JP", "zz-ZZ"),
  timeZone: fc.constantFrom("UTC", "Asia/Kathmandu", "America/St_Johns"),
  now: fc.integer({ min: now - 86_400_000, max: now + 400 * 86_400_000 }),
  place: fc.constantFrom(...Object.values(places)),
  offline: fc.boolean(),
  phase: fc.constantFrom("settled" as const, "refreshing" as const),
}) satisfies fc.Arbitrary<PanelOptions>;
const context = fc.constantFrom(...names).map((name) => fixtures[name](now));

const keys = new Set(Object.keys(en));
function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(texts) : [];
}
const facts = (view: PanelView) => [...view.facts, ...view.sections.flatMap(({ rows }) => rows)];

it("never shows a key, an unfilled number or an empty value", () => {
  fc.assert(
    fc.property(context, options, (answer, opts) => {
      const view = toPanel(answer, opts);
      for (const text of texts(view)) {
        expect(keys.has(text)).toBe(false);
        expect(text).not.toMatch(/\bNaN\b|undefined|\[object|Invalid Date/);
      }
      for (const { text, label } of facts(view)) expect(`${label}${text}`.length).toBeGreaterThan(label.length);
    }),
  );
});

it("links only to http(s)", () => {
  const url = fc.oneof(
    fc.webUrl(),
    fc.constantFrom("javascript:alert(1)", "data:text/html,x", " JaVaScRiPt:x", "//x", ""),
    fc.string(),
  );
  fc.assert(
    fc.property(url, options, (link, opts) => {
      const answer = fixtures.rich(now);
      answer.sections.account!.links = [{ label: "x", url: link }];
      answer.sections.account!.data!.opportunities[0]!.link = link;
      answer.sections.support!.data!.tickets[1]!.link = link;
      const view = toPanel(answer, opts);
      const links = view.sections.flatMap((s) => [
        ...s.links.map(({ url }) => url),
        ...s.lists.flatMap((l) => l.items.map((i) => i.link)),
      ]);
      for (const target of links) if (target !== null) expect(new URL(target).protocol).toMatch(/^https?:$/);
    }),
  );
});

it("keeps other sections readable when one has an unexpected shape", () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.constantFrom("account" as const, "support" as const, "product" as const, "health" as const, "timeline" as const),
      options,
      (data, name, opts) => {
        const answer = fixtures.rich(now);
        (answer.sections[name] as { data: unknown }).data = data;
        const view = toPanel(answer, opts);
        expect(view.sections.filter((section) => section.name !== name)).toHaveLength(4);
        expect(view.facts).toHaveLength(6);
      },
    ),
  );
});

it("is pure: the same input gives the same view, and the answer does not change", () => {
  fc.assert(
    fc.property(context, options, (answer, opts) => {
      const original = structuredClone(answer);
      expect(toPanel(answer, opts)).toEqual(toPanel(answer, opts));
      expect(answer).toEqual(original);
    }),
  );
});

it("lets no section become fresher with time", () => {
  fc.assert(
    fc.property(fc.nat(86_400_000), fc.nat(86_400_000), (a, b) => {
      const [early, late] = a < b ? [a, b] : [b, a];
      const viewAfter = (ms: number) =>
        toPanel(fixtures.rich(now), { locale: "en", timeZone: "UTC", now: now + ms, place: places.ticket });
      const stale = (view: PanelView) => view.sections.filter(({ state }) => state === "stale").map(({ name }) => name);
      expect(stale(viewAfter(late))).toEqual(expect.arrayContaining(stale(viewAfter(early))));
    }),
  );
});

it("puts only known values into a summary", () => {
  fc.assert(
    fc.property(context, options, (answer, opts) => {
      const view = toPanel(answer, opts);
      const { lines } = toSummary(view, opts);
      for (const fact of view.facts.filter(({ absent }) => absent !== null)) {
        expect(lines.some((line) => line.startsWith(`${fact.label}:`))).toBe(false);
      }
    }),
  );
});
