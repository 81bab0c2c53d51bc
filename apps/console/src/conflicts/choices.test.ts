import { describe, expect, it } from "vitest";
import { choiceByRule, chosenValue, enteredValue, platformsToWrite } from "./choices.ts";

const value = (platform: string, text: string | null, changedAt: string) => ({
  ...{ platform, ref: null, value: text, changedAt, hasChanged: null },
});
const conflict = {
  owner: "salesforce",
  masked: [] as string[],
  values: [
    value("salesforce", "CTO", "2026-11-20T10:00:00.000Z"),
    value("zendesk", "Chief", "2026-11-21T10:00:00.000Z"),
    value("mixpanel", "CTO", "2026-11-19T10:00:00.000Z"),
  ],
};

describe("a choice", () => {
  it("is written to the platforms that have another value", () => {
    expect(platformsToWrite(conflict, { platform: "salesforce" })).toEqual(["zendesk"]);
    expect(platformsToWrite(conflict, { platform: "zendesk" })).toEqual(["salesforce", "mixpanel"]);
    expect(platformsToWrite(conflict, { value: "Chief" })).toEqual(["salesforce", "mixpanel"]);
    expect(platformsToWrite(conflict, { value: null })).toHaveLength(3);
  });

  it("does not take equal masks for equal values", () => {
    const maskedConflict = {
      values: conflict.values.map((v) => ({ ...v, value: "•••" })),
      masked: ["/values/1/value", "/values/2/value"],
    };
    expect(platformsToWrite(maskedConflict, { platform: "salesforce" })).toEqual(["zendesk", "mixpanel"]);
  });

  it("shows the value that it takes", () => {
    expect([chosenValue(conflict, { platform: "zendesk" }), chosenValue(conflict, { value: 3 })]).toEqual(["Chief", 3]);
  });
});

describe("a rule for several conflicts", () => {
  it.each([
    ["owner", "salesforce"],
    ["newest", "zendesk"],
    ["platform:mixpanel", "mixpanel"],
  ] as const)("%s takes the value of %s", (rule, platform) => {
    expect(choiceByRule(conflict, rule)).toEqual({ platform });
  });

  it("chooses nothing where the platform has no value, or the owner is not known", () => {
    expect(choiceByRule(conflict, "platform:hubspot")).toBeNull();
    expect(choiceByRule({ ...conflict, owner: null }, "owner")).toBeNull();
    expect(choiceByRule({ ...conflict, values: [] }, "newest")).toBeNull();
  });
});

describe("an entered text", () => {
  it("becomes a value of the field's type, and an empty one clears the field", () => {
    expect(enteredValue(" CTO ", "text").value).toBe("CTO");
    expect(enteredValue("12.5", "number").value).toBe(12.5);
    expect([enteredValue("Yes", "boolean").value, enteredValue("false", "boolean").value]).toEqual([true, false]);
    expect(enteredValue("  ", "number")).toEqual({ value: null, problem: "" });
  });

  it("is refused when it has another type", () => {
    expect(enteredValue("many", "number").problem).toBe("Enter a number.");
    expect(enteredValue("maybe", "boolean").problem).toBe("Enter yes or no.");
  });
});
