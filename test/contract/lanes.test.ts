import { afterAll, beforeAll, expect, it } from "vitest";
import { type House, openHouse } from "../support/house.ts";
import { until } from "../support/until.ts";
import { sendZendesk, ticketEvent } from "../support/zendeskHook.ts";

const perMinute = 40;
const notes = 25;
let house: House;
beforeAll(async () => {
  house = await openHouse({
    configure: (config) => {
      const { acme } = config.tenants;
      const zendesk = acme.connections.find((c: { id: string }) => c.id === "zendesk");
      Object.assign(zendesk.settings, { requestsPerMinute: perMinute, pullEverySeconds: 3_600 });
      const route = { id: "note", on: "zendesk.ticket.comment_added", to: "zendesk", do: "add-internal-note" };
      acme.routing = { routes: [{ ...route, with: '{ "ticket": ref, "body": "Seen" }' }] };
    },
  });
});
afterAll(() => house.close());

const states = async (): Promise<string[]> =>
  (await house.ask("/v1/deliveries?limit=1000")).body.items.map((d: { state: string }) => d.state);
const own = () => house.requests("zendesk").filter((r) => r.tenant === "acme");
const calls = () => own().length;

it("a flood of writes leaves an agent's read its place, keeps to the allowance, and gets done", { timeout: 90_000 }, async () => {
  const tickets = [...house.lab.tenants["acme"]!.world.zendesk.tickets.values()].filter((t) => t.status !== "closed");
  house.clock.advance(60_000);
  const since = calls();
  for (let i = 0; i < notes; i++) {
    const { id, requester_id: requesterId } = tickets[i % tickets.length]!;
    await sendZendesk(house, ticketEvent("comment_added", { id, requesterId, updatedAt: house.clock.now() }));
  }
  let before = -1;
  await until("the writes have used up their share", async () => {
    house.clock.advance(10);
    const isQuiet = calls() === before && calls() > since + perMinute / 2;
    before = calls();
    await new Promise((resolve) => setTimeout(resolve, 50));
    return isQuiet;
  });
  expect((await states()).filter((s) => s === "waiting").length).toBeGreaterThan(0);

  // A ticket that no webhook told of: only Zendesk can say whose it is.
  const { refs } = house.lab.happen({ kind: "ticket_created", tenant: "acme", seed: 3 });
  const answer = await house.context(refs.find((ref) => ref.startsWith("zendesk.ticket:"))!, { role: "agent" });
  expect(answer).toMatchObject({ status: 200, tier: "platform", body: { match: { state: "resolved", partial: false } } });

  await until(
    "all writes",
    async () => {
      house.clock.advance(1_000);
      return !(await states()).includes("waiting");
    },
    60_000,
  );
  const ended = Map.groupBy(await states(), (state) => state);
  // Who has declined is spared.
  expect((ended.get("done")?.length ?? 0) + (ended.get("withheld")?.length ?? 0)).toBe(notes);
  expect(ended.get("done")!.length).toBeGreaterThan(notes / 2);
  const at = own()
    .slice(since)
    .map((r) => Date.parse(r.at));
  for (const first of at) expect(at.filter((t) => t >= first && t < first + 60_000).length).toBeLessThanOrEqual(perMinute);
});
