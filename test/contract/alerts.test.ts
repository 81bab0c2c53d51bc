import type { Alert } from "@sidelight/contracts/connections/alert.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sendGeneric } from "../harness/genericWebhook.ts";
import { type Harness, openHarness } from "../harness/harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.close());

const alerts = async (state = "open"): Promise<Alert[]> =>
  (await harness.request(`/v1/alerts?state=${state}&limit=100`)).body.items;
const ofKind = async (kind: string, state = "open"): Promise<Alert[]> =>
  (await alerts(state)).filter((alert) => alert.kind === kind);
const waitFor = async (label: string, isTrue: () => Promise<boolean>) => await advanceUntil(harness.clock, 5_000, label, isTrue);

describe("an alert", () => {
  it("about quarantined messages counts them, contains nothing of them, and closes when they are discarded", async () => {
    const secret = "ada.lovelace@personal.example";
    for (let i = 0; i < 3; i++) await sendGeneric(harness, `{ "note": "${secret}", "broken": ${i} `);
    await waitFor("the alert", async () => (await ofKind("messages_quarantined"))[0]?.count === 3);
    const [alert] = await ofKind("messages_quarantined");
    expect(alert).toMatchObject({ connection: "generic", nextAction: expect.stringMatching(/quarantine/), closedAt: null });
    expect(alert!.cause).toMatch(/\S/);
    expect(Date.parse(alert!.since)).toBeLessThanOrEqual(Date.parse(alert!.openedAt));
    expect(JSON.stringify(alert)).not.toContain("lovelace");
    const { body } = await harness.request("/v1/quarantine?state=quarantined");
    for (const { id } of body.items) await harness.request(`/v1/quarantine/${id}/discard`, { method: "POST" });
    await waitFor("the end of the alert", async () => (await ofKind("messages_quarantined")).length === 0);
    expect(await ofKind("messages_quarantined", "closed")).toMatchObject([{ closedAt: expect.any(String) }]);
  });

  it("about a used-up quota opens once, survives a restart as the same alert, and closes when the quota recovers", async () => {
    harness.clock.advance(10_000);
    const { rateLimiter } = harness.runtime.tenants.get("acme")!.tenant.connections.find(({ id }) => id === "mixpanel")!;
    rateLimiter.observe("query", { limit: 60, remaining: 0, resetAt: harness.clock.now() + 20 * 60_000 });
    await waitFor("the alert", async () => (await ofKind("quota_exhausted")).length > 0);
    const [openAlert] = await ofKind("quota_exhausted");
    expect(openAlert).toMatchObject({ connection: "mixpanel", subject: "query" });
    await waitFor("some evaluations", async () => harness.clock.now() > Date.parse(openAlert!.openedAt) + 60_000);
    expect((await ofKind("quota_exhausted")).map(({ openedAt }) => openedAt)).toEqual([openAlert!.openedAt]);
    rateLimiter.release();
    await waitFor("the end of the alert", async () => (await ofKind("quota_exhausted")).length === 0);
  });

  it("about silent webhooks opens when pulls find what webhooks should have reported", async () => {
    for (let seed = 1; seed <= 14; seed++) harness.lab.runScenario({ kind: "ticket_created", tenant: "acme", seed });
    await waitFor("the pulls", async () => (await ofKind("webhook_silent")).some(({ connection }) => connection === "zendesk"));
    const [alert] = (await ofKind("webhook_silent")).filter(({ connection }) => connection === "zendesk");
    expect(alert!.count).toBeGreaterThanOrEqual(10);
    expect(alert!.nextAction).toMatch(/webhook/);
  });

  it("has a next action whatever its kind, and no duplicate of an open one", async () => {
    harness.lab.faults.add({ platform: "zendesk", kind: "expired_token", rate: 1, seed: 1 });
    await waitFor("the alert", async () => (await ofKind("sign_in_failed")).length > 0);
    await waitFor("later evaluations", async () => harness.clock.now() % 60_000 < 5_000);
    const open = await alerts();
    expect(open.filter(({ kind, connection }) => kind === "sign_in_failed" && connection === "zendesk")).toHaveLength(1);
    // A refused sign-in is one cause: it is not reported as an outage or a failing stream as well.
    expect(open.filter(({ kind, connection }) => connection === "zendesk" && /circuit|stream/.test(kind))).toEqual([]);
    const keys = open.map(({ kind, connection, subject }) => [kind, connection, subject].join(" "));
    expect(new Set(keys).size).toBe(keys.length);
    for (const { nextAction, cause } of open)
      expect([nextAction, cause]).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/\S/)]);
    harness.lab.faults.clear();
    await waitFor("the end of the alert", async () => (await ofKind("sign_in_failed")).length === 0);
  });
});
