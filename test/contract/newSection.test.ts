import { createSectionRegistry } from "@sidelight/context-api/context/sections/registry.ts";
import { Context } from "@sidelight/contracts/context/context.ts";
import { sectionNamed } from "@sidelight/contracts/context/sections.ts";
import { toPanel } from "@sidelight/panel/toPanel.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BillingData, billingSection } from "../fixtures/sections/billing/section.ts";
import words from "../fixtures/sections/billing/words.json" with { type: "json" };
import { sendGeneric } from "../harness/genericWebhook.ts";
import { type Harness, openHarness } from "../harness/harness.ts";

let harness: Harness;
let ref: string;
beforeAll(async () => {
  harness = await openHarness({
    otherTenant: true,
    sections: [billingSection],
    configure: ({ tenants }) => {
      tenants.globex.connections = tenants.globex.connections.filter((c: { platform: string }) => c.platform !== "generic");
    },
  });
  ref = harness.lab.tenants["acme"]!.examples.resolved.find((r) => r.startsWith("zendesk.user:"))!;
});
afterAll(() => harness.close());

let invoices = 0;
async function sendInvoice(type: string, number: string, amount: number): Promise<void> {
  harness.clock.advance(60_000);
  const event = {
    id: `invoice-event-${++invoices}`,
    type: `billing.${type}`,
    at: new Date(harness.clock.now()).toISOString(),
    customer: { ref },
    data: { number, amount, currency: "EUR" },
  };
  expect((await sendGeneric(harness, event)).body).toMatchObject({ accepted: 1, quarantined: 0 });
}

const readBilling = async (query = "") => {
  const { body, headers, tier } = await harness.context(ref, { query });
  return {
    section: sectionNamed(body.sections, "billing"),
    names: Object.keys(body.sections),
    body,
    tier,
    etag: headers.get("etag"),
  };
};

describe("a registered section", () => {
  it("is answered in its order, and is empty before its first event", async () => {
    const { section, names } = await readBilling();
    expect(names).toEqual(["account", "support", "product", "billing", "health", "timeline", "notes"]);
    expect(section).toMatchObject({ source: "generic", state: "empty", data: null, problem: null });
  });

  it("shows the data of the company's own events, with their provenance", async () => {
    const { etag } = await readBilling();
    await sendInvoice("invoice_issued", "A-1", 100);
    await sendInvoice("invoice_issued", "A-2", 250);
    await sendInvoice("invoice_issued", "A-3", 50);
    await sendInvoice("invoice_paid", "A-1", 100);
    await sendInvoice("invoice_overdue", "A-2", 250);
    const { section, body, etag: changedEtag } = await readBilling();
    expect(changedEtag).not.toBe(etag);
    expect(BillingData.parse(section?.data)).toMatchObject({ openInvoices: 2, overdue: { amount: 250, currency: "EUR" } });
    expect(section).toMatchObject({ source: "generic", state: "ok", freshUntil: null, staleAt: null });
    const event = section?.provenance["/openInvoices"]?.event;
    expect((await harness.request(`/v1/events/${event}`)).body.eventType).toBe("generic.event.billing_invoice_overdue");
    expect(Context.safeParse(body).success).toBe(true);
  });

  it("does not age, so that no platform is asked for it", async () => {
    const { section } = await readBilling("?sections=billing");
    harness.clock.advance(3 * 86_400_000);
    const later = await readBilling("?sections=billing");
    expect(later.section).toEqual(section);
    expect(later.tier).toBe("store");
  });

  it("can be requested by name, alone and for several customers", async () => {
    expect((await readBilling("?sections=billing")).names).toEqual(["billing"]);
    const { body } = await harness.request("/v1/contexts", { method: "POST", body: { refs: [ref], sections: ["billing"] } });
    expect(Object.keys(body.items[0].sections)).toEqual(["billing"]);
    const unknown = await harness.request(`/v1/context/${encodeURIComponent(ref)}?sections=invoices`);
    expect(unknown.body).toMatchObject({ code: "invalid_request", detail: expect.stringContaining("billing") });
  });

  it("has data that fit the schema of its definition, like every section", async () => {
    const { definitions } = createSectionRegistry([billingSection]);
    for (const example of harness.lab.tenants["acme"]!.examples.resolved.slice(0, 3)) {
      const { sections } = (await harness.context(example)).body;
      for (const { name, schema } of definitions) {
        const data = sectionNamed(sections, name)?.data ?? null;
        if (data !== null) expect(schema.safeParse(data), `${name} of ${example}`).toMatchObject({ success: true });
      }
    }
  });

  it("is shown by the panel with the section's words, and ignored without them", async () => {
    const { body } = await readBilling();
    const place = { order: ["health", "account"] as const, hasEditor: false, isCompany: false, rowsOfPage: [] };
    const options = { locale: "en", timeZone: "UTC", now: harness.clock.now(), place };
    const { sections } = toPanel(body, { ...options, messages: words });
    expect(sections.at(-1)).toMatchObject({ name: "billing", title: "Billing" });
    expect(sections.at(-1)?.rows.map(({ label, text }) => [label, text])).toEqual(
      expect.arrayContaining([
        ["Open invoices", "2"],
        ["Overdue", "€250"],
      ]),
    );
    expect(toPanel(body, options).sections.map(({ name }) => name)).not.toContain("billing");
  });

  it("leaves the health score as it is, because it provides no input", async () => {
    const { health } = (await harness.context(ref)).body.sections;
    const keys = [...health!.data!.drivers, ...health!.data!.missing].map(({ key }) => key).sort();
    expect(keys).toEqual([...["csat", "last_active", "onboarding", "open_tickets", "renewal", "urgent_tickets", "usage_trend"]]);
  });

  it("is not connected for a tenant without a connection that feeds it", async () => {
    const [globexRef] = harness.lab.tenants["globex"]!.examples.resolved;
    const { body } = await harness.context(globexRef!, { tenant: "globex" });
    expect(sectionNamed(body.sections, "billing")).toMatchObject({ state: "not_connected", source: null, data: null });
  });
});
