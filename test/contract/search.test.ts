import type { SearchHit } from "@sidelight/contracts/search/search.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness, type RequestOptions } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ otherTenant: true });
});
afterAll(() => harness.close());

async function search(query: string, options: RequestOptions = {}): Promise<SearchHit[]> {
  const { status, body } = await harness.request("/v1/search", { method: "POST", body: { query }, ...options });
  expect(status).toBe(200);
  return body.items;
}
const ids = (hits: SearchHit[], kind: SearchHit["kind"]): string[] => hits.filter((hit) => hit.kind === kind).map(({ id }) => id);

describe("the search", () => {
  it("finds an event by its own id, the platform's id of it, its correlation id, and the number of its ticket", async () => {
    const { world } = harness.lab.tenants["acme"]!;
    const ticket = [...world.zendesk.tickets.values()][0]!;
    const event = ticketEvent("created", { id: 770_123, requesterId: ticket.requester_id, updatedAt: harness.clock.now() });
    const eventId: string = (await sendZendesk(harness, event)).body.eventIds[0]!;
    const { body } = await harness.request(`/v1/events/${eventId}`);
    expect(body.source.sourceEventId).toMatch(/\w/);
    for (const query of [eventId, body.source.sourceEventId, body.correlationId, "770123", "zendesk.ticket:770123"]) {
      const hits = await search(query);
      expect([query, ids(hits, "event")]).toEqual([query, expect.arrayContaining([eventId])]);
      expect(hits.find(({ id }) => id === eventId)?.address).toBe(`events/${eventId}`);
    }
    expect(await search(eventId, { tenant: "globex" })).toEqual([]);
  });

  it("finds a customer by address, in any spelling, number, record id and ref, and shows what the role may see", async () => {
    const ref = harness.lab.tenants["acme"]!.examples.resolved.find((example) => example.startsWith("zendesk.ticket"))!;
    const { customer } = (await harness.context(ref)).body;
    const email = customer!.email!;
    for (const query of [email, ` ${email.toUpperCase()} `, `email:${email}`, ref, ref.split(":")[1]!, customer!.id]) {
      const hits = await search(query);
      expect([query, ids(hits, "customer")]).toEqual([query, expect.arrayContaining([customer!.id])]);
      expect(hits.find(({ id }) => id === customer!.id)).toMatchObject({ label: customer!.name });
    }
    const account = [...harness.lab.tenants["acme"]!.world.salesforce.tables.Account.values()][0]!["Id"] as string;
    expect(account).toHaveLength(18);
    const companies = ids(await search(account), "customer");
    expect(companies).toHaveLength(1);
    expect(ids(await search(account.slice(0, 15)), "customer")).toEqual(companies);
    expect((await harness.request("/v1/search", { method: "POST", role: "agent", body: { query: email } })).status).toBe(403);
  });

  it("finds why a request of a panel failed, after a restart too, by the id that the person sees", async () => {
    const requestId = "panel-error-0001";
    const headers = { "x-request-id": requestId, "x-sidelight-panel": "zendesk" };
    const failures = await harness.request("/v1/context/nonsense", { headers });
    expect([failures.status, failures.body.requestId]).toEqual([400, requestId]);
    for (const isRestarted of [false, true]) {
      if (isRestarted) await harness.restart({ pull: false });
      const [hit] = await search(requestId);
      expect(hit).toMatchObject({
        kind: "request",
        label: "GET /v1/context/:ref failed in the panel of zendesk",
        detail: expect.stringContaining("400 invalid_ref"),
      });
    }
    expect(await search(requestId, { role: "service" })).toEqual([]);
    expect(await search(requestId, { tenant: "globex" })).toEqual([]);
  });

  it("shows the calls to platforms that a request caused", async () => {
    const requestId = "with-calls-0001";
    const ref = `zendesk.user:${[...harness.lab.tenants["acme"]!.world.zendesk.users.values()][0]!.id}`;
    await harness.request(`/v1/context/${encodeURIComponent(ref)}/refresh`, {
      method: "POST",
      headers: { "x-request-id": requestId },
    });
    const [hit] = await search(requestId);
    expect(hit).toMatchObject({ kind: "request", label: "A request that called platforms" });
    expect(hit!.steps.map(({ text }) => text)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^zendesk: GET .* answered 200 in \d+ ms$/)]),
    );
  });

  it("finds nothing for what nothing has, and takes any text", async () => {
    for (const query of ["nothing-has-this", "email:", "%", "'; drop table events", "x".repeat(600), "‮", "évt_ü"])
      expect([query, await search(query)]).toEqual([query, []]);
    for (const query of ["", " ", "x".repeat(601)])
      expect((await harness.request("/v1/search", { method: "POST", body: { query } })).status).toBe(400);
  });
});
