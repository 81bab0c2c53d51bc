import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstInOrder } from "./newest.ts";

describe("the first items in an order", () => {
  it("are those of a sort of all items", () => {
    const compare = (a: [number, number], b: [number, number]): number => a[0] - b[0] || a[1] - b[1];
    const items = fc.array(fc.integer({ min: 0, max: 9 })).map((values) => values.map((n, i): [number, number] => [n, i]));
    fc.assert(
      fc.property(items, fc.nat(6), (list, count) => {
        expect(firstInOrder(list, count, compare)).toEqual(list.toSorted(compare).slice(0, count));
      }),
    );
  });
});
