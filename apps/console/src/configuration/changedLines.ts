import { structuredPatch } from "diff";

export interface ChangedLine {
  kind: "added" | "removed" | "same" | "skipped";
  text: string;
}

/** What differs between two versions, with three lines around each change. */
export function changedLines(previousText: string, nextText: string): ChangedLine[] {
  const { hunks } = structuredPatch("", "", previousText, nextText, "", "", { context: 3 });
  return hunks.flatMap(({ oldStart, lines }, index): ChangedLine[] => [
    ...(index > 0 || oldStart > 1 ? [{ kind: "skipped", text: `line ${oldStart}` } as const] : []),
    ...lines.filter((line) => !line.startsWith("\\")).map(lineOf),
  ]);
}

const kinds = { "+": "added", "-": "removed", " ": "same" } as const;

const lineOf = (line: string): ChangedLine => ({
  kind: kinds[line.charAt(0) as keyof typeof kinds] ?? "same",
  text: line.slice(1),
});
