import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type House, openHouse } from "../support/house.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

describe("somebody who declined to be analysed", () => {
  it("shows no use anywhere, on whichever platform they said so", async () => {
    const { world } = house.lab.tenants["acme"]!;
    const declined = world.people.filter((p) => p.mixpanel && Object.values(p.optedOut).some(Boolean));
    expect(declined.length).toBeGreaterThan(0);
    for (const person of declined) {
      const { body } = await house.context(`email:${person.email}`);
      if (body.match.state !== "resolved") continue;
      const { product, health, timeline } = body.sections;
      expect(product, person.email).toMatchObject({ state: "consent_withheld", data: null });
      expect(product!.provenance).toEqual({});
      expect(health!.data!.missing.map((m) => m.key)).toEqual(expect.arrayContaining(["usage_trend", "last_active"]));
      expect(health!.data!.provisional).toBe(true);
      expect(timeline!.data?.items.filter((i) => i.source === "mixpanel") ?? []).toEqual([]);
      const whole = await house.ask(`/v1/timeline/${encodeURIComponent(body.customer!.id)}?source=mixpanel`);
      expect(whole.body.items).toEqual([]);
    }
  });

  it("counts again where the configuration says that the field means something else", async () => {
    const open = await openHouse({
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
      const person = open.lab.tenants["acme"]!.world.people.find((p) => p.mixpanel && Object.values(p.optedOut).some(Boolean))!;
      const { body } = await open.context(`email:${person.email}`);
      expect(body.sections.product!.state).not.toBe("consent_withheld");
    } finally {
      await open.close();
    }
  });
});
