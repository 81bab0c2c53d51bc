import { afterAll, beforeAll, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { settleFields, writesOf } from "../harness/sharedFields.ts";
import { labFields, makeTitlesDiffer } from "../lab/launch/fields.ts";

// The fields of `npm start`: conflicts that a person can decide in the console, and nothing is written by itself.
let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
    webhooks: true,
    prepare: async ({ tenants }) => makeTitlesDiffer(tenants["acme"]!.world),
    configure(config) {
      config.tenants.acme.fields = labFields;
    },
  });
});
afterAll(() => harness.close());

it("there are three conflicts about job titles after the start, and no record was written", async () => {
  await settleFields(harness);
  const { items } = (await harness.request("/v1/conflicts?state=open&limit=100")).body;
  expect(items).toHaveLength(3);
  for (const { field, values } of items) {
    const byPlatform = Object.fromEntries(
      values.map(({ platform, value }: { platform: string; value: string }) => [platform, value]),
    );
    expect([field, byPlatform["zendesk"], byPlatform["mixpanel"]]).toEqual([
      "jobTitle",
      `Interim ${byPlatform["salesforce"]}`,
      byPlatform["salesforce"],
    ]);
  }
  expect([...writesOf(harness, "zendesk", "user"), ...writesOf(harness, "salesforce", "Contact")]).toEqual([]);
  expect([...writesOf(harness, "mixpanel", "profile")]).toEqual([]);
});

it("a decision about one of them is written to Zendesk, and ends it", async () => {
  const [conflict] = (await harness.request("/v1/conflicts?state=open&limit=100")).body.items;
  const body = { platform: "salesforce" };
  expect((await harness.request(`/v1/conflicts/${conflict.id}/resolve`, { method: "POST", body })).status).toBe(200);
  await settleFields(harness);
  expect((await harness.request("/v1/conflicts?state=open&limit=100")).body.items).toHaveLength(2);
  expect([...writesOf(harness, "zendesk", "user").values()]).toEqual([1]);
});
