import { describe, expect, it } from "vitest";
import { enteredValue, type Setting, settingGroups } from "./settings.ts";

const text = `
timeZone: Europe/Berlin
csatDays: 90
customers: { renewalDays: 90 }
connections:
  - id: crm
    platform: salesforce
    settings: { fields: { arr: ARR__c } }
routing:
  settings:
    risk: { repeatDays: 7, churnWords: { en: [cancel, refund] }, accountAbove: { USD: 50000 } }
    case: { when: "${"x".repeat(100)}" }
  routes:
    - { id: churn-risk, enabled: true, with: "{}" }
`;
const groups = settingGroups(text);
const setting = (label: string): Setting | undefined =>
  groups.flatMap(({ settings }) => settings).find((candidate) => candidate.label === label);

describe("the settings of a version", () => {
  it("are switches, thresholds, words and field mappings, with the path that the API takes", () => {
    expect(groups.map(({ title }) => title)).toEqual([
      "Routes: on and off",
      "Routing: Risk",
      "Customers",
      "Health and satisfaction",
      "Connection crm: fields and settings",
    ]);
    expect(setting("churn-risk")).toEqual({
      path: ["routing", "routes", "churn-risk", "enabled"],
      label: "churn-risk",
      value: true,
    });
    expect(setting("Repeat days")).toMatchObject({ path: ["routing", "settings", "risk", "repeatDays"], value: 7 });
    expect(setting("Churn words · En")).toMatchObject({ value: ["cancel", "refund"] });
    expect(setting("Fields · ARR")).toMatchObject({ path: ["connections", "crm", "settings", "fields", "arr"], value: "ARR__c" });
  });

  it("leave expressions to the YAML", () => {
    expect(groups.map(({ title }) => title)).not.toContain("Routing: Case");
  });
});

describe("an entered value", () => {
  it.each([
    [7, "14", 14],
    [7, " 1.5 ", 1.5],
    [7, "", null],
    [7, "many", null],
    ["ARR__c", " Value__c ", "Value__c"],
    [["cancel"], "cancel\n\n refund ", ["cancel", "refund"]],
    [["cancel"], "", []],
  ])("of %j is %j → %j", (value, enteredText, expected) => {
    expect(enteredValue(enteredText, { path: [], label: "", value })).toEqual(expected);
  });
});
