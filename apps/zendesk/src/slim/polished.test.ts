import { parseToRgba } from "color2k";
import fc from "fast-check";
import * as polished from "polished";
import { describe, expect, it } from "vitest";
import * as slim from "./polished.ts";

const channel = fc.integer({ min: 0, max: 255 });
const color = fc.tuple(channel, channel, channel).map((rgb) => `#${rgb.map((n) => n.toString(16).padStart(2, "0")).join("")}`);
const amount = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);
/** Channels may differ by the rounding of one step. */
function expectSameColor(actual: string, expected: string): void {
  const [a, b] = [parseToRgba(actual), parseToRgba(expected)];
  for (const index of [0, 1, 2]) expect(Math.abs((a[index] ?? 0) - (b[index] ?? 0))).toBeLessThanOrEqual(1);
  expect(a[3]).toBeCloseTo(b[3], 2);
}

describe("the substitute of polished", () => {
  it("calculates the same colors", () => {
    fc.assert(
      fc.property(color, amount, (value, share) => {
        expectSameColor(slim.darken(share, value), polished.darken(share, value));
        expectSameColor(slim.lighten(share, value), polished.lighten(share, value));
        expectSameColor(slim.rgba(value, share), polished.rgba(value, share));
      }),
    );
    expect(slim.darken(0.1, "transparent")).toBe("transparent");
  });

  it("measures the same contrast and chooses the same text color", () => {
    fc.assert(
      fc.property(color, color, (first, second) => {
        const contrast = polished.getContrast(first, second);
        expect(Math.abs(slim.getContrast(first, second) - contrast)).toBeLessThan(0.03 * contrast);
      }),
    );
    for (const background of ["#fff", "#000", "#1f73b7", "#ffd12a", "#c72a1c"]) {
      expect(slim.readableColor(background, "#2f3941", "#ffffff")).toBe(polished.readableColor(background, "#2f3941", "#ffffff"));
    }
  });

  it.each(["3px - 1", "4px - 2px", "8px - (2px * 2)", "16px ", "5px - (1px * 2)", "32px - (1px * 2)", "12px - 1px", "-4px  + 3"])(
    "calculates %s",
    (formula) => {
      expect(slim.math(formula)).toBe(polished.math(formula));
    },
  );

  it.each(["12px", "1.5em", "100%", "20", "auto", 14])("reads the value and unit of %s", (value) => {
    expect(slim.getValueAndUnit(value)).toEqual(polished.getValueAndUnit(value as string));
    expect(slim.stripUnit(value)).toEqual(polished.stripUnit(value as string));
  });

  it("converts pixels and hides as polished does", () => {
    expect(slim.em("11px", "14px")).toBe(polished.em("11px", "14px"));
    expect(slim.em("11px", 14)).toBe(polished.em("11px", 14));
    expect(slim.hideVisually()).toEqual(polished.hideVisually());
  });
});
