import { listDeliveries, openDeliveryWrites } from "@sidelight/context-api/store/tables/deliveries.ts";
import { Context } from "@sidelight/contracts/context/context.ts";
import { advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterEach, describe, expect, it } from "vitest";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";
import { ODD_ANSWER_KINDS } from "../lab/simulators/faults.ts";
import { PLATFORMS } from "../lab/simulators/log.ts";

// Each kind of answer on one platform, alternating; the full run has all of them.
const isFull = process.env["SIDELIGHT_FULL"] === "1";
const cells = ODD_ANSWER_KINDS.flatMap((kind, k) =>
  PLATFORMS.flatMap((platform, p) => (isFull || k % PLATFORMS.length === p ? [[platform, kind] as const] : [])),
);
const sectionOf = { salesforce: "account", zendesk: "support", mixpanel: "product" } as const;
const megabyte = 1024 * 1024;

let harness: Harness;
afterEach(() => harness.close());

describe("a platform that answers with something else", () => {
  it.each(cells)("%s, %s: the other sections are complete, memory stays bounded, and it recovers", async (platform, kind) => {
    harness = await openHarness({ pull: false });
    const { world } = harness.lab.tenants["acme"]!;
    const people = world.people.filter((p) => p.salesforce && p.zendesk && p.mixpanel && p.tags.length <= 2);
    const read = async (i: number) => await advanceUntilSettled(harness.clock, harness.context(`email:${people[i]!.email}`));
    harness.lab.faults.add({ platform, kind, rate: 1, seed: 1 });
    const memoryBefore = process.memoryUsage().rss;
    const { value, ms } = await read(0);
    expect(ms).toBeLessThanOrEqual(1_000);
    expect(value.status).toBe(200);
    expect(Context.safeParse(value.body).error).toBeUndefined();
    expect(value.body.match).toMatchObject({ state: "resolved", partial: true });
    for (const healthy of PLATFORMS.filter((name) => name !== platform))
      expect(value.body.sections[sectionOf[healthy]], healthy).toMatchObject({ state: "ok", problem: null });
    expect(value.body.match.searched.find((s) => s.platform === platform)).toMatchObject({ state: "unavailable" });
    expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(300 * megabyte);

    harness.lab.faults.clear();
    // An hour is the longest wait that any answer can cause.
    harness.clock.advance(3_600_000);
    await read(1);
    harness.clock.advance(60_000);
    const { value: recovery } = await read(2);
    expect(recovery.body.match.partial).toBe(false);
    expect(recovery.body.sections[sectionOf[platform]]).toMatchObject({ state: "ok", problem: null });
  });
});

describe("a sign-in whose answer is no OAuth error", () => {
  it.each([
    { platform: "salesforce", path: "/services/oauth2/token", kind: "rate_limit" },
    { platform: "salesforce", path: "/services/oauth2/token", kind: "error", status: 403 },
    { platform: "zendesk", path: "/oauth/tokens", kind: "error", status: 403 },
    { platform: "zendesk", path: "/oauth/tokens", kind: "error", status: 404 },
  ] as const)("$platform, $kind: is an outage, and the credentials are not called wrong", async (fault) => {
    harness = await openHarness({ pull: false, prepare: async (lab) => lab.faults.add({ ...fault, rate: 1, seed: 1 }) });
    const person = harness.lab.tenants["acme"]!.world.people.find((p) => p.salesforce && p.zendesk && p.tags.length === 0)!;
    const { value } = await advanceUntilSettled(harness.clock, harness.context(`email:${person.email}`));
    expect(value.body.match).toMatchObject({ partial: true });
    const { items } = (await harness.request("/v1/connections")).body;
    const { state } = items.find((item: { id: string }) => item.id === fault.platform);
    expect(state).not.toBe("invalid_credentials");
    expect(harness.logged.join("\n")).not.toContain("invalid_credentials");
  });
});

const notes = (config: ConfigTree): void => {
  const route = { id: "note", on: "zendesk.ticket.comment_added", to: "zendesk", do: "add-internal-note" };
  config.tenants.acme.routing = { routes: [{ ...route, with: '{ "ticket": ref, "body": "Seen" }' }] };
};
const comment = async (i: number): Promise<void> => {
  const tickets = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()].filter((t) => t.status !== "closed");
  const { id, requester_id: requesterId } = tickets[i]!;
  await sendZendesk(harness, ticketEvent("comment_added", { id, requesterId, updatedAt: harness.clock.now() }));
};
const deliveries = async (): Promise<{ id: string; state: string; attempts: number; nextAttemptAt: string | null }[]> =>
  (await harness.request("/v1/deliveries?limit=100")).body.items;
const attempts = async (): Promise<number> => Math.max(0, ...(await deliveries()).map((delivery) => delivery.attempts));
const waitFor = async (label: string, isTrue: () => Promise<boolean>): Promise<void> =>
  await advanceUntil(harness.clock, 1_000, label, isTrue);

describe("a rate limit that ends in three thousand years", () => {
  it("delays a delivery for an hour at most and blocks no other", async () => {
    harness = await openHarness({ configure: notes });
    harness.lab.faults.add({ platform: "zendesk", kind: "far_retry", rate: 1, seed: 1 });
    await comment(0);
    await waitFor("the refused attempt", async () => {
      const [first] = await deliveries();
      return first !== undefined && Date.parse(first.nextAttemptAt ?? "") > harness.clock.now() + 60_000;
    });
    const [first] = await deliveries();
    expect(Date.parse(first!.nextAttemptAt!) - harness.clock.now()).toBeLessThanOrEqual(3_600_000);
    const quotas = async () =>
      (await harness.request("/v1/connections")).body.items.find((c: { id: string }) => c.id === "zendesk").quota;
    expect(Date.parse((await quotas()).core.blockedUntil) - harness.clock.now()).toBeLessThanOrEqual(3_600_000);

    harness.lab.faults.clear();
    const { status, body } = await harness.request("/v1/connections/zendesk/retry", { method: "POST" });
    expect([status, body.quotas]).toEqual([200, ["core"]]);
    expect((await quotas()).core).toMatchObject({ blockedUntil: null, remaining: expect.any(Number) });
    await comment(1);
    await waitFor("both deliveries", async () => {
      const states = (await deliveries()).map(({ state }) => state);
      return states.length === 2 && states.every((state) => state === "done" || state === "withheld");
    });
  });

  it("that an earlier release stored with a delivery does not outlive the next start", async () => {
    harness = await openHarness({ configure: notes });
    harness.lab.faults.add({ platform: "zendesk", kind: "error", status: 503, path: "/api/v2/tickets", rate: 1, seed: 1 });
    await comment(0);
    await waitFor("a failed attempt", async () => (await attempts()) > 0);
    const { log } = harness.runtime.tenants.get("acme")!.tenant;
    const [row] = await listDeliveries(log.store, { limit: 1 });
    const farFuture = Date.parse("5195-01-01T00:00:00Z");
    await log.commit({
      statements: [openDeliveryWrites(log.store).saveOutcome({ ...row!, next_at: farFuture })],
      correlationId: "test",
    });
    harness.lab.faults.clear();
    await harness.restart();
    await waitFor("the delivery", async () =>
      (await deliveries()).every(({ state }) => state === "done" || state === "withheld"),
    );
  });
});
