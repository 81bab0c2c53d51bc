import { expect, it } from "vitest";
import { compareSides } from "./compare.ts";

const side = (label: string, facts: Record<string, string>) => ({
  id: `person:${label}`,
  label,
  members: [
    { ref: "zendesk.user:1", label, facts: Object.entries(facts).map(([name, value]) => ({ label: name, value })) },
    { ref: "mixpanel.user:2", label: "mixpanel.user:2", facts: [] },
  ],
});
const resultsOf = (left: ReturnType<typeof side>, right: ReturnType<typeof side>) =>
  compareSides({ left, right }).map(({ label, result }) => [label, result]);

it("lists what agrees before what differs, and last what only one side has", () => {
  const left = side("Ann Lee", { city: "Ulm", phone: "+49 731 1", email: "ann@x.example" });
  const right = side("Tom Lee", { phone: "+49 731 1", email: "tom@x.example" });
  expect(resultsOf(left, right)).toEqual([
    ["phone", "agrees"],
    ["name", "differs"],
    ["email", "differs"],
    ["city", "one_side"],
  ]);
});

it("ignores case, spaces and width, which are no difference", () => {
  expect(resultsOf(side("Ann  LEE", {}), side("ann lee", {}))).toEqual([["name", "agrees"]]);
  expect(resultsOf(side("Ａｎｎ", {}), side("Ann", {}))).toEqual([["name", "agrees"]]);
});

it("compares no masked values: equal masks prove nothing", () => {
  const masked = { email: "•••@acme.example" };
  expect(resultsOf(side("Ann", masked), side("Ann", masked))).toContainEqual(["email", "hidden"]);
});

it("does not take the ref of a record for its name", () => {
  expect(compareSides({ left: side("Ann", {}), right: side("Ann", {}) })).toEqual([
    { label: "name", left: ["Ann"], right: ["Ann"], result: "agrees" },
  ]);
});
