import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { effectsOf } from "../lab/control/effects.ts";

// Fields of the lab's Zendesk account.
const [arrField, healthField] = [362000000054, 362000000122];
let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
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
afterAll(() => harness.close());

interface Stage {
  stage: string;
  detail: string | null;
}

describe("the trace of an angry ticket", () => {
  it("goes from the webhook through derived events and deliveries to the platforms' own confirmations", async () => {
    const customer = await findCustomer();
    const { refs } = harness.lab.runScenario({ kind: "angry_ticket", tenant: "acme", customer });
    const ref = refs.find((r) => r.startsWith("zendesk.ticket:"))!;
    let trace: Stage[] = [];
    const detailsOf = (stage: string) => trace.filter((s) => s.stage === stage).map((s) => s.detail);
    await advanceUntil(harness.clock, 50, "the last stage", async () => {
      const { items } = (await harness.request("/v1/events?type=zendesk.ticket.created&limit=5")).body;
      const event = items.find((e: { source: { objectId: string } }) => ref.endsWith(`:${e.source.objectId}`));
      if (!event) return false;
      trace = (await harness.request(`/v1/events/${event.eventId}`)).body.trace;
      return (
        detailsOf("confirmed").includes("ticket-enrichment → zendesk") &&
        detailsOf("delivered").includes("churn-risk → salesforce: done")
      );
    });
    expect(trace.map((s) => s.stage).slice(0, 4)).toEqual(["received", "verified", "parsed", "appended"]);
    expect(detailsOf("derived")).toContain("customer.churn_risk.raised");
    expect(detailsOf("routed")).toEqual(expect.arrayContaining(["ticket-enrichment → zendesk", "ticket-to-mixpanel → mixpanel"]));
    expect(Object.values(effectsOf({ acme: harness.lab.tenants["acme"]!.world }, "salesforce")["Task"] ?? [])).toHaveLength(1);
  });
});

/** A customer with a valuable account that a user owns, who did not opt out. */
async function findCustomer(): Promise<string> {
  for (const ref of harness.lab.tenants["acme"]!.examples.resolved.filter((r) => r.startsWith("zendesk."))) {
    const { sections } = (await harness.context(ref)).body;
    const { account, product } = sections;
    if ((account?.data?.arr?.amount ?? 0) > 1_000 && account?.data?.owner?.kind === "user" && product?.state === "ok") return ref;
  }
  throw new Error("the world has no such customer");
}
