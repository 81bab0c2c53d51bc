import { describe, expect, it } from "vitest";
import { changesBetween } from "./diff.ts";

const changes = (previousTree: unknown, nextTree: unknown) =>
  changesBetween(previousTree, nextTree).map(({ path, previous, next }) => [path.join("."), previous, next]);

describe("changesBetween", () => {
  it("returns each changed value with its path, naming items by their id", () => {
    const previous = { days: 90, list: [1, 2], routes: [{ id: "a", to: "x" }, { id: "b" }] };
    const next = { days: 30, list: [1], routes: [{ id: "c" }, { id: "a", to: "y" }] };
    expect(changes(previous, next)).toEqual([
      ["days", 90, 30],
      ["list", [1, 2], [1]],
      ["routes.a.to", "x", "y"],
      ["routes.b", { id: "b" }, undefined],
      ["routes.c", undefined, { id: "c" }],
    ]);
  });

  it("returns nothing when only the order of items differs", () => {
    expect(changes({ a: { b: [1] } }, { a: { b: [1] } })).toEqual([]);
    expect(changes([{ id: "a" }, { id: "b" }], [{ id: "b" }, { id: "a" }])).toEqual([]);
  });
});
