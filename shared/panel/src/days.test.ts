import type { Context } from "@sidelight/contracts/context/context.ts";
import { describe, expect, it } from "vitest";
import { fixtures } from "./fixtures/index.ts";
import { places } from "./fixtures/places.ts";
import { health } from "./fixtures/resolved.ts";
import { toPanel } from "./toPanel.ts";
import type { SectionView } from "./view.ts";

// Instants are shown in the reader's time zone. Calendar days are shown as they are.
const evening = Date.parse("2026-11-25T23:30:00Z");
const zones = ["Pacific/Auckland", "UTC", "America/Los_Angeles"];

function sectionsOf(context: Context, timeZone: string, now: number): (name: string) => SectionView {
  const panel = toPanel(context, { locale: "en", timeZone, now, place: places.ticket });
  return (name) => panel.sections.find((section) => section.name === name)!;
}

function context(change: (sections: Context["sections"]) => void, now = evening): Context {
  const result = structuredClone(fixtures.rich(now));
  change(result.sections);
  return result;
}

const driverTexts = (section: SectionView) => section.drivers.map(({ text }) => text);

describe("a task with a due date and no time", () => {
  const withTask = context(({ account, timeline }) => {
    account!.data!.activities = [{ kind: "Task", subject: "Send the offer", at: "2026-11-26", link: null }];
    timeline!.data!.items = [{ ...timeline!.data!.items[0]!, id: "task", at: "2026-11-26" }];
  });

  it.each(zones)("has that date in %s, in the account and in the timeline", (zone) => {
    const twoDaysLater = Date.parse("2026-11-28T12:00:00Z");
    const section = sectionsOf(withTask, zone, twoDaysLater);
    const [task] = section("account").lists.find(({ key }) => key === "activities")!.items;
    const [item] = section("timeline").lists[0]!.items;
    for (const viewItem of [task!, item!]) expect(viewItem).toMatchObject({ when: "Nov 26, 2026", whenExact: "Nov 26, 2026" });
  });

  it("is of today or of yesterday on the reader's calendar", () => {
    const dueText = (zone: string, now: number) =>
      sectionsOf(withTask, zone, now)("account").lists.find(({ key }) => key === "activities")!.items[0]!.when;
    expect(dueText("Pacific/Auckland", evening)).toBe("today");
    expect(dueText("Pacific/Auckland", evening + 86_400_000)).toBe("yesterday");
    expect(dueText("America/Los_Angeles", evening + 12 * 3_600_000)).toBe("today");
  });
});

describe("the last activity among the reasons of the health score", () => {
  // The server counted the days when it answered.
  const active = (lastActiveAt: string, value: number) =>
    context(({ health: section, product }) => {
      product!.data!.lastActiveAt = lastActiveAt;
      section!.data = health({ drivers: [{ key: "last_active", weight: 0.15, value, points: 7, link: "#product" }] });
    });

  it("is yesterday's when the customer was last active before midnight, however few hours ago", () => {
    const yesterday = active("2026-11-24T20:00:00.000Z", 0);
    const tooEarlyToday = Date.parse("2026-11-25T06:00:00Z");
    expect(driverTexts(sectionsOf(yesterday, "UTC", tooEarlyToday)("health"))).toEqual(["Last active yesterday"]);
    expect(driverTexts(sectionsOf(yesterday, "America/Los_Angeles", tooEarlyToday)("health"))).toEqual(["Active today"]);
  });

  it("stops to be today's when midnight passes while the answer is on the screen", () => {
    const today = active("2026-11-25T22:00:00.000Z", 0);
    expect(driverTexts(sectionsOf(today, "UTC", evening)("health"))).toEqual(["Active today"]);
    expect(driverTexts(sectionsOf(today, "UTC", evening + 3_600_000)("health"))).toEqual(["Last active yesterday"]);
  });

  it("keeps the server's days when the usage is not in the answer", () => {
    const withoutUsage = context(({ health: section, product }) => {
      product!.data = null;
      section!.data = health({ drivers: [{ key: "last_active", weight: 0.15, value: 4, points: 7, link: "#product" }] });
    });
    expect(driverTexts(sectionsOf(withoutUsage, "UTC", evening)("health"))).toEqual(["Last active 4 days ago"]);
  });
});

it("an overdue renewal that limits the score leads the reasons, with its days on the reader's calendar", () => {
  const overdue = context(({ account, health: section }) => {
    account!.data!.renewalDate = "2026-11-01";
    const renewal = { key: "renewal", weight: 0.1, value: -24, points: -5, cap: 39, link: "#account" };
    section!.data = health({ score: 39, band: "at_risk", drivers: [...health().drivers, renewal] });
  });
  expect(driverTexts(sectionsOf(overdue, "UTC", evening)("health"))[0]).toBe("Renewal 24 days overdue (limits the score to 39)");
  expect(driverTexts(sectionsOf(overdue, "Pacific/Auckland", evening)("health"))[0]).toMatch(/^Renewal 25 days overdue/);
});

describe("what is unknown or not counted", () => {
  it("is a step of the funnel that is neither done nor missing", () => {
    const { steps } = sectionsOf(
      context(({ product }) => {
        product!.data!.funnel = {
          name: "Onboarding",
          step: null,
          steps: [
            { name: "Sign up", done: null },
            { name: "Invite", done: false },
          ],
        };
      }),
      "UTC",
      evening,
    )("product");
    expect(steps!.items.map(({ done, doneText }) => [done, doneText])).toEqual([
      [false, "unknown"],
      [false, "not done"],
    ]);
  });

  it("is the whole funnel when no step is known, which its title says", () => {
    const { steps } = sectionsOf(
      context(({ product }) => {
        product!.data!.funnel = { name: "Onboarding", step: null, steps: [{ name: "Sign up", done: null }] };
      }),
      "UTC",
      evening,
    )("product");
    expect(steps!.title).toContain("unknown");
    expect(steps!.items[0]!.isUnknown).toBe(true);
  });

  it("limits no score when there is none", () => {
    const withoutScore = context(({ health }) => {
      health!.data!.score = null;
      health!.data!.drivers = [{ key: "renewal", weight: 0.1, value: -37, points: -5, cap: 39, link: "#account" }];
    });
    expect(driverTexts(sectionsOf(withoutScore, "UTC", evening)("health"))[0]).not.toContain("39");
  });

  it("is a month without use, which has no line of sessions", () => {
    const lapsedContext = context(({ product }) => {
      product!.data!.daily = product!.data!.daily!.map(() => 0);
    });
    expect(sectionsOf(lapsedContext, "UTC", evening)("product").sparkline).toBeNull();
  });

  it.each([
    [1, "1 person not counted"],
    [3, "3 people not counted"],
  ])("is the use of %i people of a company who opted out", (count, text) => {
    const company = structuredClone(fixtures.company(evening));
    company.sections.product!.data!.notCounted = count;
    expect(sectionsOf(company, "UTC", evening)("product").rows.find(({ key }) => key === "notCounted")?.text).toBe(text);
    company.sections.product!.data!.notCounted = 0;
    expect(sectionsOf(company, "UTC", evening)("product").rows.some(({ key }) => key === "notCounted")).toBe(false);
  });
});
