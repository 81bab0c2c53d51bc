import { describe, expect, it } from "vitest";
import { compileExpression } from "./compileExpression.ts";

function issuesOf(source: string): string[] {
  const issues: string[] = [];
  compileExpression(source, (message) => issues.push(message));
  return issues;
}

describe("a call with a wrong number of arguments is reported", () => {
  it.each([
    ["$substring()", "$substring takes 1 to 3 arguments, not 0, at character 10"],
    ['$substring("text", 0, 1, 2)', "$substring takes 1 to 3 arguments, not 4, at character 10"],
    ["$calendarDay(event.timestamp)", "$calendarDay takes 2 to 3 arguments, not 1, at character 12"],
    ["$filter(support.tickets)", "$filter takes 2 arguments, not 1, at character 7"],
    ["$exists()", "$exists takes 1 argument, not 0, at character 7"],
    ["support.tickets ~> $filter()", "$filter takes 2 arguments, not 1"],
    ["$uppercase(record.subject, true)", "$uppercase takes 0 to 1 argument"],
    ['{ "a": [$round(1, 2, 3)] }', "$round takes 0 to 2 arguments, not 3"],
  ])("%s", (source, message) => {
    expect(issuesOf(source)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    'record.subject ~> $replace("a", "b") ~> $uppercase()',
    "$map(support.tickets, $uppercase)",
    "$zip([1], [2], [3])",
    '($first := $substring(?, 0, 5); $first("abcdefg"))',
    "($f := function($a, $b) { $a & $b }; $f(1))",
    'record.subject.$substringBefore(" ")',
    "$calendarDay(event.timestamp, settings.timeZone, 1)",
    "$join(support.tickets.subject)",
  ])("and accepts %s", (source) => {
    expect(issuesOf(source)).toEqual([]);
  });
});
