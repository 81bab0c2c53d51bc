import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { effectsOf } from "../lab/control/effects.ts";
import { type House, openHouse } from "../support/house.ts";
import { until } from "../support/until.ts";

// Fields of the lab's Zendesk account.
const [arrField, healthField] = [362000000054, 362000000122];
let house: House;
beforeAll(async () => {
  house = await openHouse({
    webhooks: true,
    configure: (config) => {
      config.tenants.acme.routing = {
        defaults: true,
        settings: {
          ticketFields: { accountValue: { id: arrField, type: "decimal" }, health: { id: healthField, type: "integer" } },
          risk: { accountAbove: 1_000 },
        },
      };
    },
  });
});
afterAll(() => house.close());

interface Stage {
  stage: string;
  detail: string | null;
}

describe("the story of an angry ticket", () => {
  it("goes from the webhook through what follows from it to what the platforms tell of themselves", async () => {
    const about = await valued();
    const { refs } = house.lab.happen({ kind: "angry_ticket", tenant: "acme", about });
    const ref = refs.find((r) => r.startsWith("zendesk.ticket:"))!;
    let story: Stage[] = [];
    const of = (stage: string) => story.filter((s) => s.stage === stage).map((s) => s.detail);
    await until("the whole way", async () => {
      house.clock.advance(50);
      const { items } = (await house.ask("/v1/events?type=zendesk.ticket.created&limit=5")).body;
      const event = items.find((e: { source: { objectId: string } }) => ref.endsWith(`:${e.source.objectId}`));
      if (!event) return false;
      story = (await house.ask(`/v1/events/${event.eventId}`)).body.story;
      return of("confirmed").includes("ticket-enrichment → zendesk") && of("delivered").includes("churn-risk → salesforce: done");
    });
    expect(story.map((s) => s.stage).slice(0, 4)).toEqual(["received", "authenticated", "parsed", "appended"]);
    expect(of("derived")).toContain("customer.churn_risk.raised");
    expect(of("routed")).toEqual(expect.arrayContaining(["ticket-enrichment → zendesk", "ticket-to-mixpanel → mixpanel"]));
    expect(Object.values(effectsOf({ acme: house.lab.tenants["acme"]!.world }, "salesforce")["Task"] ?? [])).toHaveLength(1);
  });
});

/** Somebody whose account is worth telling of, with a user to be told, who declined nothing. */
async function valued(): Promise<string> {
  for (const ref of house.lab.tenants["acme"]!.examples.resolved.filter((r) => r.startsWith("zendesk."))) {
    const { sections } = (await house.context(ref)).body;
    const { account, product } = sections;
    if ((account?.data?.arr?.amount ?? 0) > 1_000 && account?.data?.owner?.kind === "user" && product?.state === "ok") return ref;
  }
  throw new Error("nobody like that");
}
