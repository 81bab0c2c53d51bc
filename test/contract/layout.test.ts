import type { Layout } from "@sidelight/contracts/sessions/layout.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConfigTree, type Harness, openHarness, type RequestOptions } from "../harness/harness.ts";

const shopConnection = {
  ...{ id: "shop", platform: "generic" },
  settings: {
    cards: {
      ...{ url: "https://shop.example/cards", secret: "cards" },
      list: [
        { key: "orders", title: { en: "Orders", de: "Bestellungen" } },
        { key: "invoices", title: { en: "Invoices" } },
      ],
    },
  },
};

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
    pull: false,
    configure: (config: ConfigTree) => {
      config.tenants.acme.connections = [shopConnection];
      config.tenants.acme.roles = { rep: { sections: ["account", "health", "invoices"] } };
      config.tenants.acme.panel = {
        layouts: [
          { sections: ["account", "support", "health"], labels: { arr: { en: "Contract value", de: "Vertragswert" } } },
          { when: { place: ["ticket_sidebar", "case"] }, facts: ["open_tickets", "arr"], thresholds: { renewalSoonDays: 90 } },
          { when: { place: "lead" }, sections: ["invoices", "account", "cards"] },
          { when: { role: "agent", team: "Billing" }, sections: ["support"], thresholds: { oldTicketHours: 24 } },
        ],
      };
    },
  });
});
afterAll(() => harness?.close());

const layout = async (query = "", options: RequestOptions = { role: "agent" }): Promise<Layout> =>
  (await harness.request<Layout>(`/v1/layout${query}`, options)).body;
const standard = { renewalSoonDays: 60, lowSatisfaction: 0.7, oldTicketHours: 72 };

describe("the layout of a panel", () => {
  it("is that of every rule that matches role, place and team; a later rule replaces what an earlier one sets", async () => {
    expect(await layout()).toMatchObject({ sections: ["account", "support", "health"], facts: null, thresholds: standard });
    expect(await layout("?place=case&team=Tier 2|Billing")).toMatchObject({
      sections: ["support"],
      facts: ["open_tickets", "arr"],
      thresholds: { ...standard, renewalSoonDays: 90, oldTicketHours: 24 },
    });
    expect((await layout("?team=Billing", { role: "service" })).sections).toEqual(["account", "support", "health"]);
  });

  it("has labels in the reader's language, or in English", async () => {
    expect((await layout("?locale=de-AT")).labels).toEqual({ arr: "Vertragswert" });
    expect((await layout("?locale=ja")).labels).toEqual({ arr: "Contract value" });
  });

  it("names no section that the role may not see", async () => {
    expect((await layout("", { role: "rep" })).sections).toEqual(["account", "health"]);
  });

  it("names the cards that it shows with their titles, and no card that the role may not see", async () => {
    expect(await layout("?place=lead&locale=de")).toMatchObject({
      sections: ["invoices", "account", "orders"],
      cards: [
        { key: "orders", title: "Bestellungen" },
        { key: "invoices", title: "Invoices" },
      ],
    });
    expect(await layout("?place=lead", { role: "rep" })).toMatchObject({
      sections: ["invoices", "account"],
      cards: [{ key: "invoices", title: "Invoices" }],
    });
    expect((await layout()).cards).toEqual([]);
  });

  it("is that of a tenant without rules", async () => {
    const otherHarness = await openHarness({ pull: false });
    try {
      const { body } = await otherHarness.request<Layout>("/v1/layout", { role: "agent" });
      expect(body).toMatchObject({
        sections: null,
        facts: null,
        rows: [],
        fields: [],
        cards: [],
        labels: {},
        thresholds: standard,
      });
    } finally {
      await otherHarness.close();
    }
  });

  it("refuses a place that does not exist", async () => {
    expect((await harness.request("/v1/layout?place=sidebar", { role: "agent" })).body).toMatchObject({
      code: "invalid_request",
    });
  });
});
