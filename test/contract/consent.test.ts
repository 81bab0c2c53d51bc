import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

describe("a person who declined analysis", () => {
  it("has no usage in any section, whichever platform reports the opt-out", async () => {
    const { world } = harness.lab.tenants["acme"]!;
    const declinedPeople = world.people.filter((p) => p.mixpanel && Object.values(p.optedOut).some(Boolean));
    expect(declinedPeople.length).toBeGreaterThan(0);
    for (const person of declinedPeople) {
      const { body } = await harness.context(`email:${person.email}`);
      if (body.match.state !== "resolved") continue;
      const { product, health, timeline } = body.sections;
      expect(product, person.email).toMatchObject({ state: "consent_withheld", data: null });
      expect(product!.provenance).toEqual({});
      expect(health!.data!.missing.map((m) => m.key)).toEqual(expect.arrayContaining(["usage_trend", "last_active"]));
      expect(health!.data!.provisional).toBe(true);
      expect(timeline!.data?.items.filter((i) => i.source === "mixpanel") ?? []).toEqual([]);
      const timelinePage = await harness.request(`/v1/timeline/${encodeURIComponent(body.customer!.id)}?source=mixpanel`);
      expect(timelinePage.body.items).toEqual([]);
    }
  });

  it("is counted again when the configuration no longer maps the opt-out field", async () => {
    const withoutMapping = await openHarness({
      configure: (config) => {
        for (const { settings } of config.tenants.acme.connections) {
          const contact = settings.mapping?.contact ?? {};
          if (settings.url && settings.appUrl && settings.requestsPerMinute === undefined)
            settings.mapping = { contact: { ...contact, optOut: null } };
          else if (settings.auth) settings.mapping = { optOut: null };
        }
      },
    });
    try {
      const person = withoutMapping.lab.tenants["acme"]!.world.people.find(
        (p) => p.mixpanel && Object.values(p.optedOut).some(Boolean),
      )!;
      const { body } = await withoutMapping.context(`email:${person.email}`);
      expect(body.sections.product!.state).not.toBe("consent_withheld");
    } finally {
      await withoutMapping.close();
    }
  });
});
