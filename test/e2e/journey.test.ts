import type { Context } from "@sidelight/contracts/context/context.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { itemIn, type JourneyBench, journeyBench, type TicketRefs } from "../harness/panelJourney.ts";
import { findSubject, openPanels, type Panels, type Subject } from "../harness/panels.ts";

// The main use of the whole product, as two people see it who have the same customer open on two platforms.
let harness: Harness;
let panels: Panels;
let subject: Subject;
let bench: JourneyBench;

beforeAll(async () => {
  if (!hasChromium) return;
  harness = await openHarness({ routes: true, webhooks: true });
  subject = await findSubject(harness, isAtRisk);
  panels = await openPanels(harness, subject);
  bench = journeyBench(harness, panels, subject);
});
afterAll(async () => {
  await panels?.close();
  await harness?.close();
});

/** An account above the limit of the routes, with a user as its owner, and active in the product. */
const isAtRisk = ({ sections: { account, product } }: Context): boolean =>
  (account?.data?.arr?.amount ?? 0) > 50_000 && account?.data?.owner?.kind === "user" && product?.state === "ok";

/** Waits until the platforms have reported our own writes, and no delivery is queued. */
async function confirmed({ ticket }: TicketRefs): Promise<void> {
  const { items } = (await harness.request("/v1/events?type=zendesk.ticket.created&limit=20")).body;
  const { eventId } = items.find(({ source }: { source: { objectId: string } }) => source.objectId === ticket);
  await until("the confirmations of the platforms", async () => {
    const { trace } = (await harness.request(`/v1/events/${eventId}`)).body;
    const routes = trace.flatMap((s: { stage: string; detail: string }) => (s.stage === "confirmed" ? s.detail : []));
    const queue = (await harness.request("/v1/deliveries?state=waiting")).body.items;
    return routes.includes("ticket-enrichment → zendesk") && routes.includes("churn-risk → salesforce") && queue.length === 0;
  });
}

describe.skipIf(!hasChromium)("an angry ticket of a customer who is open in Zendesk and in Salesforce", () => {
  it("causes fields on the ticket, a task for the owner, events of the user, and a new item in both panels, each once", {
    timeout: scaled(120_000),
  }, async () => {
    const { refs, zendesk, salesforce } = await bench.run();
    await confirmed(refs);
    const { account, product, health } = (await harness.context(`zendesk.ticket:${refs.ticket}`)).body.sections;
    expect(bench.fieldsOf(refs)).toEqual({
      account_arr: String(account!.data!.arr!.amount),
      last_active: product!.data!.lastActiveAt!.slice(0, 10),
      sessions_30d: String(product!.data!.sessions30d),
      health_score: String(health!.data!.score),
    });
    const owner = { OwnerId: account!.data!.owner!.id, WhatId: refs.account, WhoId: subject.contact };
    const Description = expect.stringContaining(`Ticket ${refs.ticket}: `);
    expect(bench.ticketWrites(refs)).toMatchObject([{ writes: 1 }]);
    expect(bench.openTasksOf(refs)).toMatchObject([{ writes: 1, fields: { ...owner, Description } }]);
    for (const name of ["Support Ticket Created", "Churn Risk Raised"])
      expect(bench.eventsOf(name, refs)).toMatchObject([{ writes: 1, fields: { distinct_id: refs.user } }]);
    expect((await harness.request("/v1/deliveries?state=dead_letter")).body.items).toEqual([]);

    await expect.poll(() => itemIn(zendesk, refs).count()).toBe(1);
    await expect.poll(() => itemIn(salesforce, refs).count()).toBe(1);
    expect([...zendesk.complaints, ...salesforce.complaints]).toEqual([]);
  });
});
