import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { check } from "@sidelight/context-api/cli/config/check.ts";
import { systemClock } from "@sidelight/model/clock.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { captureOutput } from "../harness/capturedOutput.ts";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";
import { allPlatforms } from "../harness/platforms.ts";
import { fieldPeople, jobTitleOf, putJobTitle, putRow, settleFields, titleOf, writesOf } from "../harness/sharedFields.ts";

const jobTitle = { preset: "jobTitle", platforms: { mixpanel: "role" } };

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
    webhooks: true,
    configure: (config) => {
      config.tenants.acme.fields = { jobTitle };
    },
  });
});
afterAll(() => harness.close());

/** Output of `sidelight config check`, or the faults that it reports. */
async function configCheck(change: (tenant: ConfigTree) => void = () => {}): Promise<string> {
  const file = join(harness.directory, "sidelight.yaml");
  const original = await readFile(file, "utf8");
  const config = parse(original);
  change(config.tenants.acme);
  await writeFile(file, stringify(config));
  const output = captureOutput();
  const env = { SIDELIGHT_DATA: harness.directory, SIDELIGHT_CONFIG: file, SIDELIGHT_LOG: "silent" };
  const context = { env, clock: systemClock, platformNames: [], loadPlatforms: async () => allPlatforms };
  try {
    await check({}, context);
    return output.text();
  } catch (error) {
    return String((error as Error).message);
  } finally {
    output.restore();
    await writeFile(file, original);
  }
}

describe("a field that is not enabled", () => {
  it("writes nothing, and config check shows what it would write", async () => {
    const [first, second] = await fieldPeople(harness, 2);
    putRow(harness, "Contact", first!.contact, { Title: "Ask ada@acme.test" });
    putJobTitle(harness, second!.user, "Other");
    await settleFields(harness);
    expect([...writesOf(harness, "zendesk", "user").keys()]).toEqual([]);
    const text = await configCheck();
    expect(text).toMatch(/acme .* 4 connections .* 1 field\n/);
    expect(text).toMatch(/field jobTitle \(compared only\): \d+ customers, 2 writes to zendesk, 1 write to mixpanel/);
    expect(text).toContain('→ "Ask •••@acme.test"');
    expect(text).not.toContain("ada@");
    expect(text).toContain('zendesk.user: "Other" → ');
  });
});

describe("a field that is enabled later", () => {
  it("is compared for all customers once, also after a restart", async () => {
    const [first, second] = await fieldPeople(harness, 2);
    const file = join(harness.directory, "sidelight.yaml");
    const config = parse(await readFile(file, "utf8"));
    config.tenants.acme.fields.jobTitle.enabled = true;
    await writeFile(file, stringify(config));
    await harness.restart();
    await settleFields(harness);
    expect(jobTitleOf(harness, first!)).toBe("Ask ada@acme.test");
    expect(jobTitleOf(harness, second!)).toBe(titleOf(harness, second!));
    const { length } = harness.requests("zendesk");
    await harness.restart();
    await settleFields(harness);
    expect(harness.requests("zendesk", length).filter(({ method }) => method === "PUT")).toEqual([]);
  });
});

describe("config check", () => {
  const field = { kind: "person", platforms: { salesforce: "Title", zendesk: "job_title" }, owner: "salesforce" };
  it.each([
    ["an unknown preset", { role: { preset: "jobTittle" } }, "did you mean jobTitle?"],
    ["an unknown platform", { role: { ...field, platforms: { salesforce: "Title", zendsk: "x" } } }, "did you mean zendesk?"],
    [
      "one platform to compare",
      { role: { ...field, platforms: { salesforce: "Title" }, enabled: true } },
      "at least two platforms",
    ],
    ["an owner that is none of them", { role: { ...field, owner: "mixpanel" } }, "owner mixpanel is none of the platforms"],
    ["a rule that needs two ways", { role: { ...field, rule: "newest" } }, "set direction: two-way"],
    [
      "a platform without companies",
      { tier: { ...field, kind: "company", platforms: { salesforce: "Type", mixpanel: "x" } } },
      "Mixpanel keeps no fields of a company",
    ],
    [
      "a computed field that would be written",
      { role: { ...field, platforms: { salesforce: "Title", mixpanel: "$last_seen" } } },
      "Mixpanel computes $last_seen",
    ],
    [
      "an address of a Zendesk user",
      { mail: { ...field, platforms: { salesforce: "Email", zendesk: "email" } } },
      "an address of a Zendesk user is an identity",
    ],
    ["two fields for one field of a platform", { a: field, b: field }, "the field a keeps Title already"],
    ["an unknown key", { role: { ...field, ownr: "zendesk" } }, "ownr"],
  ])("refuses %s, with the place", async (_, fields, message) => {
    const text = await configCheck((tenant) => {
      tenant.fields = fields;
    });
    expect(text).toContain(message);
    expect(text).toMatch(/sidelight\.yaml:\d+: tenants\.acme\.fields\./);
  });
});
