import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { sign } from "@sidelight/platform-kit/standardWebhooks.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type HubspotSimulator, startHubspot } from "../fixtures/platforms/hubspot/simulator.ts";
import { hubspot } from "../fixtures/platforms/hubspot/src/index.ts";
import { sendGeneric } from "../harness/genericWebhook.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { ANCHOR } from "../lab/simulators/testing.ts";

// A new platform needs its own package and one line in the platform list. Everything here works with the package alone.
const platforms = [hubspot as Platform];

const signingSecret = `whsec_${Buffer.alloc(32, 5).toString("base64")}`;
let simulator: HubspotSimulator;
let harness: Harness;

beforeAll(async () => {
  simulator = await startHubspot("pat-1", ANCHOR.toISOString());
  const { companies, contacts } = simulator.objects;
  for (let i = 1; i <= 5; i++)
    companies.set(String(i), { name: `Company ${i}`, domain: `company${i}.example`, annualrevenue: `${i}000`, plan: "gold" });
  contacts.set("31", { fullname: "Grace Hopper", email: "grace@company1.example", jobtitle: "CTO", associatedcompanyid: "1" });
  harness = await openHarness({
    platforms,
    routes: true,
    secrets: { "acme.hubspot": "pat-1", "acme.hubspot.token": "endpoint-1", "acme.hubspot.webhook": signingSecret },
    configure: ({ tenants }) => {
      tenants.acme.connections.push({
        id: "hubspot",
        platform: "hubspot",
        webhooks: [{ kind: "changes", token: "acme.hubspot.token", secret: "acme.hubspot.webhook" }],
        settings: { url: simulator.url, token: "acme.hubspot" },
      });
      tenants.acme.routing.settings.hubspotOverdueProperty = "overdue_since";
    },
  });
});
afterAll(async () => {
  await harness.close();
  await simulator.close();
});

it("pulls both objects page by page and reports the connection", async () => {
  const { items } = (await harness.request("/v1/connections")).body;
  const connection = items.find(({ id }: { id: string }) => id === "hubspot");
  expect(connection).toMatchObject({ platform: "hubspot", state: "ok", problem: null, quota: { core: { limit: 100 } } });
  expect(connection.streams).toMatchObject([
    { name: "companies", complete: true, records: 5 },
    { name: "contacts", complete: true, records: 1 },
  ]);
  expect(simulator.requests.filter(({ url }) => url.startsWith("/crm/v3/objects/companies?"))).toHaveLength(3);
});

it("resolves its refs and feeds the section that it declares", async () => {
  const { body } = await harness.context("hubspot.person:31");
  expect(body).toMatchObject({
    kind: "person",
    match: { state: "resolved" },
    customer: { name: "Grace Hopper", company: { name: "Company 1" } },
    sections: {
      account: {
        source: "hubspot",
        state: "ok",
        data: { name: "Company 1", arr: { amount: 1_000, currency: "USD" }, plan: "gold" },
      },
    },
  });
});

it("is matched with the other platforms by e-mail address", async () => {
  const person = harness.lab.tenants["acme"]!.world.people.find((p) => p.zendesk && p.tags.includes("everywhere"))!;
  simulator.objects.contacts.set("32", { fullname: "Same person", email: person.email, jobtitle: null });
  const { body } = await harness.context("hubspot.person:32");
  expect(body.match.state).toBe("resolved");
  const zendeskRef = `zendesk.user:${harness.lab.tenants["acme"]!.world.ids.zendesk.user(person.index)}`;
  expect((await harness.context(zendeskRef)).body.customer?.id).toBe(body.customer?.id);
});

it("receives its webhooks, stores their events and fetches the changed record", async () => {
  simulator.objects.companies.get("2")!["plan"] = "platinum";
  const body = JSON.stringify([
    {
      eventId: 7,
      objectId: 2,
      subscriptionType: "company.propertyChange",
      occurredAt: harness.clock.now(),
      propertyName: "plan",
    },
  ]);
  const signing = { id: "msg-1", timestamp: String(Math.floor(harness.clock.now() / 1000)) };
  const headers = {
    "webhook-id": signing.id,
    "webhook-timestamp": signing.timestamp,
    "webhook-signature": sign(signingSecret, signing, body),
  };
  const send = (override: object = {}) =>
    harness.request("/v1/webhooks/acme/hubspot/endpoint-1", {
      method: "POST",
      role: null,
      body,
      headers: { ...headers, ...override, "content-type": "application/json" },
    });
  expect((await send({ "webhook-id": "msg-2" })).status).toBe(401);
  expect((await send()).body).toMatchObject({ accepted: 1, duplicates: 0 });
  expect((await send()).body).toMatchObject({ accepted: 0, duplicates: 1 });
  await advanceUntil(harness.clock, 50, "the fetched company", async () => {
    const { account } = (await harness.context("hubspot.company:2")).body.sections;
    return account?.data?.plan === "platinum";
  });
  const { items } = (await harness.request("/v1/events?type=hubspot.company.property_changed")).body;
  expect(items).toMatchObject([{ source: { objectId: "2", sourceEventId: "7" }, data: { property: "plan" } }]);
});

it("performs its default route, with its routing settings", async () => {
  const instant = new Date(harness.clock.now()).toISOString();
  const event = { id: "invoice-1", type: "billing.invoice_overdue", at: instant, customer: { email: "grace@company1.example" } };
  expect((await sendGeneric(harness, event)).body).toMatchObject({ accepted: 1 });
  const company = simulator.objects.companies.get("1")!;
  await advanceUntil(harness.clock, 50, "the effect in HubSpot", () => "overdue_since" in company);
  expect(company).toMatchObject({ overdue_since: instant });
  await advanceUntil(harness.clock, 50, "the outcome of the delivery", async () => {
    const { items } = (await harness.request("/v1/deliveries?state=done&type=overdue-to-hubspot")).body;
    return items[0]?.ref === "hubspot.company:1";
  });
});

it("adds its event schema to the AsyncAPI document", async () => {
  const { body } = await harness.request("/asyncapi.json", { role: null });
  expect(Object.keys(body.components.messages)).toContain("hubspot.property_changed.v1");
});
