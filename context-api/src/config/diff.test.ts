import { describe, expect, it } from "vitest";
import { changesBetween } from "./diff.ts";

const told = (before: unknown, after: unknown) =>
  changesBetween(before, after).map(({ path, before: old, after: now }) => [path.join("."), old, now]);

describe("what has changed between two configurations", () => {
  it("is told value by value, with things that have an id by that", () => {
    const before = { days: 90, list: [1, 2], routes: [{ id: "a", to: "x" }, { id: "b" }] };
    const after = { days: 30, list: [1], routes: [{ id: "c" }, { id: "a", to: "y" }] };
    expect(told(before, after)).toEqual([
      ["days", 90, 30],
      ["list", [1, 2], [1]],
      ["routes.a.to", "x", "y"],
      ["routes.b", { id: "b" }, undefined],
      ["routes.c", undefined, { id: "c" }],
    ]);
  });

  it("is nothing where nothing is another, or only the order is", () => {
    expect(told({ a: { b: [1] } }, { a: { b: [1] } })).toEqual([]);
    expect(told([{ id: "a" }, { id: "b" }], [{ id: "b" }, { id: "a" }])).toEqual([]);
  });
});
