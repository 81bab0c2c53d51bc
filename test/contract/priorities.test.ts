import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

const perMinute = 40;
const notes = 25;
let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
    configure: (config) => {
      const { acme } = config.tenants;
      const zendesk = acme.connections.find((c: { id: string }) => c.id === "zendesk");
      Object.assign(zendesk.settings, { requestsPerMinute: perMinute, pullEverySeconds: 3_600 });
      const route = { id: "note", on: "zendesk.ticket.comment_added", to: "zendesk", do: "add-internal-note" };
      acme.routing = { routes: [{ ...route, with: '{ "ticket": ref, "body": "Seen" }' }] };
    },
  });
});
afterAll(() => harness.close());

const states = async (): Promise<string[]> =>
  (await harness.request("/v1/deliveries?limit=1000")).body.items.map((d: { state: string }) => d.state);
const ownRequests = () => harness.requests("zendesk").filter((r) => r.tenant === "acme");
const calls = () => ownRequests().length;

it("many writes leave quota for an agent's read, stay within the rate limit, and all complete", async () => {
  const tickets = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()].filter((t) => t.status !== "closed");
  harness.clock.advance(60_000);
  const since = calls();
  for (let i = 0; i < notes; i++) {
    const { id, requester_id: requesterId } = tickets[i % tickets.length]!;
    await sendZendesk(harness, ticketEvent("comment_added", { id, requesterId, updatedAt: harness.clock.now() }));
  }
  let [previousCalls, quietSteps] = [-1, 0];
  await advanceUntil(harness.clock, 10, "the writes to use up their share", () => {
    quietSteps = calls() === previousCalls && calls() > since + perMinute / 2 ? quietSteps + 1 : 0;
    previousCalls = calls();
    return quietSteps > 4;
  });
  expect((await states()).filter((s) => s === "waiting").length).toBeGreaterThan(0);

  // No webhook reported this ticket: only Zendesk knows its requester.
  const { refs } = harness.lab.runScenario({ kind: "ticket_created", tenant: "acme", seed: 3 });
  const answer = await harness.context(refs.find((ref) => ref.startsWith("zendesk.ticket:"))!, { role: "agent" });
  expect(answer).toMatchObject({ status: 200, tier: "platform", body: { match: { state: "resolved", partial: false } } });

  await advanceUntil(harness.clock, 1_000, "all writes", async () => !(await states()).includes("waiting"));
  const byState = Map.groupBy(await states(), (state) => state);
  // People who declined get no note.
  expect((byState.get("done")?.length ?? 0) + (byState.get("withheld")?.length ?? 0)).toBe(notes);
  expect(byState.get("done")!.length).toBeGreaterThan(notes / 2);
  const times = ownRequests()
    .slice(since)
    .map((r) => Date.parse(r.at));
  for (const first of times) expect(times.filter((t) => t >= first && t < first + 60_000).length).toBeLessThanOrEqual(perMinute);
});
