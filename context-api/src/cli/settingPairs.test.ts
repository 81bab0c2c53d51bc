import { describe, expect, it } from "vitest";
import { z } from "zod";
import { settingPairs } from "./settingPairs.ts";

const schema = z.strictObject({
  url: z.url(),
  projectId: z.union([z.number().int(), z.string()]).transform(String),
  limit: z.number().int().positive().default(400),
  isEnabled: z.boolean().default(false),
  plan: z.enum(["team", "enterprise"]).optional(),
  mapping: z
    .strictObject({
      emails: z.array(z.string()).default(["Email"]),
      optOut: z.string().nullable().default("opted_out"),
      funnel: z.strictObject({ name: z.string(), steps: z.array(z.string()) }).optional(),
    })
    .prefault({}),
});
const questions = [
  { setting: "auth.clientSecret", prompt: "Secret", example: "", isSecret: true },
  { setting: "auth.privateKey", prompt: "Key file", example: "", isSecret: true, isInFile: true },
];
const parsedValue = (pair: string): unknown => [...settingPairs([pair], schema, questions).values()][0];

describe("--set", () => {
  it.each([
    ["url=https://a.example/?x=1", "https://a.example/?x=1"],
    ["limit=700", 700],
    ["isEnabled=true", true],
    ["projectId=12345678901234567890", "12345678901234567890"],
    ["plan=team", "team"],
    ["mapping.emails=[Email, Secondary_Email__c]", ["Email", "Secondary_Email__c"]],
    ["mapping.emails=Email, Secondary_Email__c", ["Email", "Secondary_Email__c"]],
    ["mapping.emails=Email", ["Email"]],
    ["mapping.emails=[]", []],
    ["mapping.optOut=null", null],
    ["mapping.optOut=no", "no"],
    ["mapping.funnel={ name: Setup, steps: [a, b] }", { name: "Setup", steps: ["a", "b"] }],
    ["auth.privateKey=server.key", "server.key"],
  ])("%s gives the value that the setting takes", (pair, value) => {
    expect(parsedValue(pair)).toEqual(value);
  });

  it.each([
    ["limit=many", "--set cannot take limit=many. Invalid input: expected number, received string."],
    ["limit=-1", "--set cannot take limit=-1. Invalid input: expected number, received string."],
    ["isEnabled=yes", "--set cannot take isEnabled=yes."],
    ["plan=gold", "--set cannot take plan=gold."],
    ["horizonDays=30", "There is no setting horizonDays."],
    ["mapping.optout=x", "There is no setting mapping.optout."],
    ["auth.clientSecret=s3cret", "--set cannot take auth.clientSecret: other users of this machine can read arguments."],
    ["limit", '--set is "limit". Use --set setting=value.'],
  ])("%s is refused with the reason", (pair, message) => {
    expect(() => settingPairs([pair], schema, questions)).toThrow(message);
  });

  it("never repeats a secret", () => {
    expect(() => settingPairs(["auth.clientSecret=s3cret"], schema, questions)).not.toThrow("s3cret");
  });
});
