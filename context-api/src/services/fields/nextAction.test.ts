import { expect, it } from "vitest";
import { nextActionOf } from "./nextAction.ts";

type Status = Parameters<typeof nextActionOf>[0];

const platform: Status["platforms"][number] = {
  ...{ platform: "zendesk", label: "Zendesk", field: "job_title", isOwner: false },
  state: "ok",
};
const status: Status = {
  ...{ name: "jobTitle", owner: "salesforce", purpose: null, enabled: true, platforms: [platform] },
  kind: "person",
  direction: "two-way",
  rule: "manual",
  type: "text",
  conflicts: { open: 0, rule: 0, person: 0, agreement: 0 },
  writes: { waiting: 0, done: 0, dead_letter: 0, withheld: 0 },
};

it("is nothing for a field that works", () => {
  expect(nextActionOf(status)).toBeNull();
});

it.each([
  ["a platform that cannot be read", { platforms: [{ ...platform, state: "failing" }] }, "Zendesk cannot be read"],
  ["a field that the account lacks", { platforms: [{ ...platform, state: "missing" }] }, "Create the field job_title in Zendesk"],
  ["a refused value", { writes: { ...status.writes, dead_letter: 2 } }, "type=field:jobTitle"],
  ["open conflicts", { conflicts: { ...status.conflicts, open: 3 } }, "Decide the open conflicts"],
  ["a field that is not enabled", { enabled: false }, "config check"],
] as const)("names what to do about %s", (_, change, text) => {
  expect(nextActionOf({ ...status, ...change } as Status)).toContain(text);
});
