import { describe, expect, it } from "vitest";
import { fixtures } from "./fixtures/index.ts";
import { places } from "./fixtures/places.ts";
import { panelView } from "./panelView.ts";
import { toPanel } from "./toPanel.ts";
import type { PanelView } from "./view.ts";

const now = Date.parse("2026-11-21T09:00:00Z");

describe("a panel whose details are not loaded", () => {
  /** What is on the screen before a person opens anything. */
  const onFirstScreen = (view: PanelView) => ({
    ...view,
    facts: view.facts.map((fact) => ({ ...fact, provenance: null })),
    sections: view.sections.map(
      ({ name, title, state, status, headline, headlineTone, openAtFirst, score, drivers, message }) => ({
        ...{ name, title, state, status, headline, headlineTone, openAtFirst, score, drivers, message },
      }),
    ),
  });

  it.each(Object.keys(fixtures))("shows the same first screen as the complete one: %s", (name) => {
    const context = fixtures[name as keyof typeof fixtures](now);
    for (const place of Object.values(places)) {
      const options = { locale: "en", timeZone: "UTC", now, place };
      expect(onFirstScreen(panelView(context, options, null))).toEqual(onFirstScreen(toPanel(context, options)));
    }
  });

  it("has no content in closed sections", () => {
    const view = panelView(fixtures.company(now), { locale: "en", timeZone: "UTC", now, place: places.account }, null);
    expect(view.sections.flatMap(({ rows, lists, meters, steps }) => [...rows, ...lists, meters, steps].filter(Boolean))).toEqual(
      [],
    );
  });
});
