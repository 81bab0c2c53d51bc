import { describe, expect, it } from "vitest";
import { changedLines } from "./changedLines.ts";

const numberedLines = (count: number): string[] => Array.from({ length: count }, (_, i) => `line${i + 1}: ${i + 1}`);
const yaml = (lines: readonly string[]): string => `${lines.join("\n")}\n`;

describe("the difference of two versions", () => {
  it("shows what was removed and added, and three lines around it", () => {
    const previousText = numberedLines(30);
    const nextText = previousText.with(14, "line15: changed");
    const lines = changedLines(yaml(previousText), yaml(nextText));
    expect(lines[0]).toEqual({ kind: "skipped", text: "line 12" });
    expect(lines.filter(({ kind }) => kind === "removed")).toEqual([{ kind: "removed", text: "line15: 15" }]);
    expect(lines.filter(({ kind }) => kind === "added")).toEqual([{ kind: "added", text: "line15: changed" }]);
    expect(lines.filter(({ kind }) => kind === "same")).toHaveLength(6);
  });

  it("is empty for the same text, and says nothing about a missing line end", () => {
    expect(changedLines("a: 1\n", "a: 1\n")).toEqual([]);
    expect(changedLines("a: 1", "a: 2").map(({ kind }) => kind)).toEqual(["removed", "added"]);
  });
});
