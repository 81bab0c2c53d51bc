import { addDays } from "@sidelight/model/calendar.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rightsOf } from "../../security/roles.ts";
import { customerRow, filterOf, reasonsOf } from "./customerView.ts";

const day = "2026-11-30";
const limits = { renewalDays: 90, overdueDays: 30, quietDays: 14 };
const today = { now: Date.parse(`${day}T12:00:00Z`), day, limits };
const dayMs = 86_400_000;
const row = {
  ...{ node: "n", owner: "o", band: "at_risk", score: 20, usage_trend: "falling", renewal_day: "2026-12-30" },
  ...{ last_active_at: today.now - 20 * dayMs, band_since: today.now - 3 * dayMs, trend_since: 0 },
  ...{ computed_at: today.now, subject: "s", payload: Buffer.alloc(0) },
};
const content = {
  ...{ name: "Acme", record: "salesforce.account:1", link: "https://crm.example/1", arr: { amount: 5, currency: "EUR" } },
  owner: { id: "1", name: "ada@acme.com", kind: "user" as const },
};
const visible = { today, pinned: new Set<string>() };

describe("the reasons of a list of customers", () => {
  it("name the health, the renewal and the quiet, each with its days", () => {
    expect(reasonsOf(row, today).map(({ reason, days }) => [reason, days])).toEqual([
      ["at_risk", 3],
      ["renewing", 30],
      ["gone_quiet", 20],
    ]);
    expect(reasonsOf({ ...row, band: "good", renewal_day: "9999-12-31", last_active_at: 0 }, today)).toEqual([]);
    expect(reasonsOf({ ...row, renewal_day: "2026-11-20" }, today)[1]).toMatchObject({ reason: "renewing", days: -10 });
  });

  it("follow the configured days", () => {
    const strict = { ...today, limits: { renewalDays: 29, overdueDays: 0, quietDays: 21 } };
    expect(reasonsOf(row, strict).map(({ reason }) => reason)).toEqual(["at_risk"]);
    expect(filterOf("renewing", strict)).toEqual({ renewal: { from: day, to: "2026-12-29" } });
  });

  it("apply to a row exactly when the filter of the store finds it", () => {
    const rows = fc.record({
      band: fc.constantFrom("good", "watch", "at_risk", ""),
      renewal_day: fc.integer({ min: -100, max: 200 }).map((days) => addDays(day, days)),
      last_active_at: fc.oneof(fc.constant(0), fc.integer({ min: today.now - 40 * dayMs, max: today.now })),
      band_since: fc.constant(today.now),
    });
    const days = fc.integer({ min: 1, max: 60 });
    const anyLimits = fc.record({ renewalDays: days, overdueDays: days, quietDays: days });
    fc.assert(
      fc.property(rows, fc.constantFrom("at_risk", "renewing", "gone_quiet"), anyLimits, (candidate, reason, changed) => {
        const { band, renewal, lastActiveBefore } = filterOf(reason, { ...today, limits: changed });
        const isFound =
          (band === undefined || candidate.band === band) &&
          (renewal === undefined || (candidate.renewal_day >= renewal.from && candidate.renewal_day <= renewal.to)) &&
          (lastActiveBefore === undefined || (candidate.last_active_at > 0 && candidate.last_active_at < lastActiveBefore));
        expect(reasonsOf(candidate, { ...today, limits: changed }).some((entry) => entry.reason === reason)).toBe(isFound);
      }),
    );
  });
});

describe("a row of a list of customers", () => {
  it("is masked for a role without the right pii", () => {
    const view = customerRow(row, content, { ...visible, rights: rightsOf("rep") });
    expect([view.owner?.name, view.masked]).toEqual(["•••@acme.com", ["/owner/name"]]);
    expect(customerRow(row, content, { ...visible, rights: rightsOf("admin") }).owner?.name).toBe("ada@acme.com");
  });

  it("has nothing of a section that the role does not see, nor a reason from it", () => {
    const rights = { ...rightsOf("rep"), sections: ["product"] };
    const view = customerRow(row, content, { ...visible, rights });
    expect([view.arr, view.owner, view.link, view.renewalDate, view.health.band]).toEqual([null, null, null, null, null]);
    expect(view.reasons.map(({ reason }) => reason)).toEqual(["gone_quiet"]);
  });

  it("keeps no name after the company was erased", () => {
    expect(customerRow(row, null, { ...visible, rights: rightsOf("admin") })).toMatchObject({ name: null, arr: null });
  });
});
