import { createHmac } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { call } from "../simulators/testing.ts";
import type { Delivery } from "../world/cause.ts";
import type { ScenarioKind } from "../world/mutations/index.ts";
import { openWebhookBench, TARGETS, type WebhookBench } from "./testing.ts";
import type { SentWebhook } from "./webhookLog.ts";

let s: WebhookBench;
beforeEach(async () => {
  s = await openWebhookBench();
});
afterEach(() => s.close());

const runScenario = (delivery: Delivery | undefined, { kind = "deal_won" as ScenarioKind, seed = 3, at: target = s } = {}) =>
  target.lab.runScenario({ kind, tenant: "acme", seed, ...(delivery ? { delivery } : {}) });
/** Identifies a message of any platform. */
const idsOf = ({ body, to, headers }: WebhookBench["received"][number]): string =>
  to === "zendesk"
    ? JSON.parse(body).id
    : to === "callout"
      ? headers["webhook-id"]!
      : (/<Notification><Id>(\w+)/.exec(body)?.[1] ?? "");

describe("webhooks of a scenario", () => {
  it("are sent at once, and never inside the change itself", async () => {
    runScenario(undefined);
    expect(s.received).toEqual([]);
    await s.advance(250);
    expect(s.received.map(({ to }) => to).sort()).toEqual(["callout", "salesforce"]);
    expect(
      s.lab.webhooks.list({}).every(({ state, delivery, tookMs }) => state === "delivered" && delivery === null && tookMs! < 400),
    ).toBe(true);
  });

  it("duplicate: sends the same messages again with new signatures", async () => {
    runScenario("duplicate", { kind: "ticket_created" });
    runScenario("duplicate");
    await s.advance(5_000);
    expect(s.received.length).toBe(6);
    const ids = s.received.map(idsOf);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(ids.filter((secondRun) => secondRun === id).length).toBe(2);
    const [first, duplicate] = s.to("zendesk");
    expect(duplicate!.body).toBe(first!.body);
    expect(duplicate!.headers["x-zendesk-webhook-signature-timestamp"]).not.toBe(
      first!.headers["x-zendesk-webhook-signature-timestamp"],
    );
  });

  it("late: sends 30 to 90 seconds later, signed at sending, with the time of the change", async () => {
    const { at: target } = runScenario("late", { kind: "ticket_created" });
    const since = s.clock.now();
    await s.advance(29_000);
    expect(s.received).toEqual([]);
    expect(s.lab.webhooks.list({})).toMatchObject([{ state: "waiting", delivery: "late", attempts: 0, status: 0 }]);
    await s.advance(62_000);
    const { headers, body, at: arrivedAt } = s.to("zendesk")[0]!;
    expect(arrivedAt - since).toBeGreaterThanOrEqual(30_000);
    expect(arrivedAt - since).toBeLessThanOrEqual(91_000);
    const signedAt = headers["x-zendesk-webhook-signature-timestamp"]!;
    expect(Math.abs(Date.parse(signedAt) - arrivedAt)).toBeLessThan(1_000);
    expect(headers["x-zendesk-webhook-signature"]).toBe(
      createHmac("sha256", TARGETS.zendesk.secret)
        .update(signedAt + body)
        .digest("base64"),
    );
    expect(Math.abs(Date.parse(JSON.parse(body).time) - Date.parse(target))).toBeLessThan(1_000);
  });

  it("lost: sends nothing, and lists the webhook as lost", async () => {
    runScenario("lost");
    await s.advance(200_000);
    expect(s.received).toEqual([]);
    const entries = s.lab.webhooks.list({});
    expect(entries.length).toBe(2);
    for (const entry of entries) expect(entry).toMatchObject({ state: "lost", delivery: "lost", attempts: 0, status: 0 });
  });

  it("reordered: sends the changes of the next seconds in another order, one after the other", async () => {
    const order: string[] = [];
    const first = runScenario("reordered", { kind: "ticket_created", seed: 1 });
    await s.advance(1_000);
    const second = runScenario(undefined, { kind: "ticket_created", seed: 2 });
    const third = runScenario(undefined, { kind: "ticket_created", seed: 3 });
    await s.advance(1_000);
    expect(s.received).toEqual([]);
    await s.advance(3_000);
    for (const { body } of s.to("zendesk")) order.push(`zendesk.ticket:${JSON.parse(body).detail.id}`);
    const changedRefs = [first, second, third].map(({ refs }) => refs[0]!);
    expect([...order].sort()).toEqual([...changedRefs].sort());
    expect(order).not.toEqual(changedRefs);
    runScenario(undefined, { kind: "ticket_created", seed: 4 });
    await s.advance(200);
    expect(s.to("zendesk").length).toBe(4);
  });

  it("are delivered the same for the same seed", async () => {
    const run = async (delivery: Delivery): Promise<unknown> => {
      const secondRun = await openWebhookBench();
      try {
        for (const kind of ["ticket_created", "ticket_merged", "deal_won"] as const)
          runScenario(delivery, { kind, seed: 8, at: secondRun });
        await secondRun.advance(100_000);
        const since = secondRun.received[0]!.at;
        return secondRun.received.map(({ to, at: target, body }) => [
          to,
          target - since,
          to === "zendesk" ? JSON.parse(body).type : "",
        ]);
      } finally {
        await secondRun.close();
      }
    };
    for (const delivery of ["late", "duplicate", "reordered"] as const) expect(await run(delivery)).toEqual(await run(delivery));
  });
});

describe("over a restart", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sidelight-webhooks-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("sends late webhooks and retries once", async () => {
    const firstRun = await openWebhookBench({ dataDir: folder });
    runScenario("late", { kind: "ticket_created", at: firstRun });
    firstRun.respondWith(() => new Response("", { status: 500 }));
    runScenario(undefined, { kind: "owner_changed", at: firstRun });
    await firstRun.advance(2_000);
    expect(firstRun.to("salesforce").length).toBe(1);
    const queueFile = join(folder, "world", "webhooks.json");
    expect((await stat(queueFile)).mode & 0o777).toBe(0o600);
    await firstRun.close();
    expect(JSON.parse(await readFile(queueFile, "utf8")).jobs.length).toBe(2);

    const restartedBench = await openWebhookBench({ dataDir: folder, now: firstRun.clock.now() + 5_000 });
    expect(restartedBench.received).toEqual([]);
    await restartedBench.advance(150_000);
    expect(restartedBench.received.map(({ to }) => to).sort()).toEqual(["salesforce", "zendesk"]);
    expect(idsOf(restartedBench.to("salesforce")[0]!)).toBe(idsOf(firstRun.to("salesforce")[0]!));
    expect(restartedBench.webhooks.waiting()).toEqual([]);
    await restartedBench.close();
    const third = await openWebhookBench({ dataDir: folder, now: restartedBench.clock.now() });
    await third.advance(150_000);
    expect(third.received).toEqual([]);
    await third.close();
  });
});

describe("the control server", () => {
  it("lists sent webhooks, and applies the requested delivery", async () => {
    const control = (method: string, path: string, body?: unknown) =>
      call(s.lab.control.url + path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    const reply = await control("POST", "/happen", { kind: "ticket_created", seed: 1, delivery: "duplicate" });
    expect(Object.keys(reply.body).sort()).toEqual(["at", "refs"]);
    await control("POST", "/happen", { kind: "deal_won", seed: 1, delivery: "lost" });
    await s.advance(5_000);
    const webhooks: SentWebhook[] = (await control("GET", `/webhooks?since=${reply.body.at}`)).body;
    expect(
      webhooks.map(({ platform, type, attempts, status, delivery }) => ({ platform, type, attempts, status, delivery })),
    ).toEqual([
      { platform: "zendesk", type: "ticket.created", attempts: 1, status: 204, delivery: "duplicate" },
      { platform: "zendesk", type: "ticket.created", attempts: 1, status: 204, delivery: "duplicate" },
      { platform: "salesforce", type: "outbound_message.Account", attempts: 0, status: 0, delivery: "lost" },
      { platform: "salesforce", type: "callout.Opportunity", attempts: 0, status: 0, delivery: "lost" },
    ]);
    expect((await control("GET", "/webhooks?platform=zendesk")).body).toHaveLength(2);
    expect((await control("GET", `/webhooks?since=${s.clock.now()}`)).body).toEqual([]);
    expect((await control("GET", "/webhooks?platform=nobody")).status).toBe(400);
    await control("POST", "/reset");
    expect((await control("GET", "/webhooks")).body).toEqual([]);
  });

  it("runs a scenario for a named customer", async () => {
    const { world } = s.acme;
    const person = world.people.find(
      (p) => p.salesforce && p.zendesk && p.mixpanel && p.company !== null && p.tags.includes("demo"),
    )!;
    const customer = `email:${person.email}`;
    for (const kind of ["ticket_created", "angry_ticket"] as const) {
      const { refs } = s.lab.runScenario({ kind, tenant: "acme", customer });
      expect(refs).toContain(`zendesk.user:${world.ids.zendesk.user(person.index)}`);
    }
    const account = `salesforce.account:${world.ids.salesforce.account(person.company!)}`;
    expect(s.lab.runScenario({ kind: "owner_changed", tenant: "acme", customer }).refs).toContain(account);
    expect(s.lab.runScenario({ kind: "deal_won", tenant: "acme", customer: account }).refs).toContain(account);
    expect(() => s.lab.runScenario({ kind: "deal_won", tenant: "acme", customer: "email:nobody@nowhere.example" })).toThrow(
      "no customer of this tenant matches email:nobody@nowhere.example",
    );
  });
});
