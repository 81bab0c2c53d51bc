import { createHmac } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { call } from "../simulators/testing.ts";
import type { Delivery } from "../world/cause.ts";
import type { Kind } from "../world/mutations/index.ts";
import type { SentWebhook } from "./sent.ts";
import { type Sending, sending, TARGETS } from "./testing.ts";

let s: Sending;
beforeEach(async () => {
  s = await sending();
});
afterEach(() => s.close());

const happen = (delivery: Delivery | undefined, { kind = "deal_won" as Kind, seed = 3, at = s } = {}) =>
  at.lab.happen({ kind, tenant: "acme", seed, ...(delivery ? { delivery } : {}) });
/** What tells one message from another, whoever sent it. */
const idsOf = ({ body, to, headers }: Sending["arrived"][number]): string =>
  to === "zendesk"
    ? JSON.parse(body).id
    : to === "callout"
      ? headers["webhook-id"]!
      : (/<Notification><Id>(\w+)/.exec(body)?.[1] ?? "");

describe("webhooks of what was made to happen", () => {
  it("go out at once, and never inside the change itself", async () => {
    happen(undefined);
    expect(s.arrived).toEqual([]);
    await s.pass(250);
    expect(s.arrived.map(({ to }) => to).sort()).toEqual(["callout", "salesforce"]);
    expect(
      s.lab.webhooks.list({}).every(({ state, delivery, tookMs }) => state === "delivered" && delivery === null && tookMs! < 400),
    ).toBe(true);
  });

  it("twice: the same messages again, signed anew", async () => {
    happen("duplicate", { kind: "ticket_created" });
    happen("duplicate");
    await s.pass(5_000);
    expect(s.arrived.length).toBe(6);
    const ids = s.arrived.map(idsOf);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(ids.filter((other) => other === id).length).toBe(2);
    const [first, again] = s.to("zendesk");
    expect(again!.body).toBe(first!.body);
    expect(again!.headers["x-zendesk-webhook-signature-timestamp"]).not.toBe(
      first!.headers["x-zendesk-webhook-signature-timestamp"],
    );
  });

  it("late: between half a minute and one and a half, signed when they leave, of the time when it happened", async () => {
    const { at } = happen("late", { kind: "ticket_created" });
    const since = s.clock.now();
    await s.pass(29_000);
    expect(s.arrived).toEqual([]);
    expect(s.lab.webhooks.list({})).toMatchObject([{ state: "waiting", delivery: "late", attempts: 0, status: 0 }]);
    await s.pass(62_000);
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
    expect(Math.abs(Date.parse(JSON.parse(body).time) - Date.parse(at))).toBeLessThan(1_000);
  });

  it("lost: nothing ever comes, and that is written down", async () => {
    happen("lost");
    await s.pass(200_000);
    expect(s.arrived).toEqual([]);
    const listed = s.lab.webhooks.list({});
    expect(listed.length).toBe(2);
    for (const entry of listed) expect(entry).toMatchObject({ state: "lost", delivery: "lost", attempts: 0, status: 0 });
  });

  it("reordered: with what follows shortly, in another order, one after the other", async () => {
    const order: string[] = [];
    const first = happen("reordered", { kind: "ticket_created", seed: 1 });
    await s.pass(1_000);
    const second = happen(undefined, { kind: "ticket_created", seed: 2 });
    const third = happen(undefined, { kind: "ticket_created", seed: 3 });
    await s.pass(1_000);
    expect(s.arrived).toEqual([]);
    await s.pass(3_000);
    for (const { body } of s.to("zendesk")) order.push(`zendesk.ticket:${JSON.parse(body).detail.id}`);
    const happened = [first, second, third].map(({ refs }) => refs[0]!);
    expect([...order].sort()).toEqual([...happened].sort());
    expect(order).not.toEqual(happened);
    happen(undefined, { kind: "ticket_created", seed: 4 });
    await s.pass(200);
    expect(s.to("zendesk").length).toBe(4);
  });

  it("fare the same for the same seed", async () => {
    const run = async (delivery: Delivery): Promise<unknown> => {
      const other = await sending();
      try {
        for (const kind of ["ticket_created", "ticket_merged", "deal_won"] as const)
          happen(delivery, { kind, seed: 8, at: other });
        await other.pass(100_000);
        const since = other.arrived[0]!.at;
        return other.arrived.map(({ to, at, body }) => [to, at - since, to === "zendesk" ? JSON.parse(body).type : ""]);
      } finally {
        await other.close();
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

  it("what is late, and what is tried again, comes still, and once", async () => {
    const before = await sending({ dataDir: folder });
    happen("late", { kind: "ticket_created", at: before });
    before.answer(() => new Response("", { status: 500 }));
    happen(undefined, { kind: "owner_changed", at: before });
    await before.pass(2_000);
    expect(before.to("salesforce").length).toBe(1);
    const kept = join(folder, "world", "webhooks.json");
    expect((await stat(kept)).mode & 0o777).toBe(0o600);
    await before.close();
    expect(JSON.parse(await readFile(kept, "utf8")).jobs.length).toBe(2);

    const after = await sending({ dataDir: folder, now: before.clock.now() + 5_000 });
    expect(after.arrived).toEqual([]);
    await after.pass(150_000);
    expect(after.arrived.map(({ to }) => to).sort()).toEqual(["salesforce", "zendesk"]);
    expect(idsOf(after.to("salesforce")[0]!)).toBe(idsOf(before.to("salesforce")[0]!));
    expect(after.webhooks.waiting()).toEqual([]);
    await after.close();
    const third = await sending({ dataDir: folder, now: after.clock.now() });
    await third.pass(150_000);
    expect(third.arrived).toEqual([]);
    await third.close();
  });
});

describe("the control server", () => {
  it("lists what was sent, and lets a change fare as it is asked to", async () => {
    const control = (method: string, path: string, body?: unknown) =>
      call(s.lab.control.url + path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    const reply = await control("POST", "/happen", { kind: "ticket_created", seed: 1, delivery: "duplicate" });
    expect(Object.keys(reply.body).sort()).toEqual(["at", "refs"]);
    await control("POST", "/happen", { kind: "deal_won", seed: 1, delivery: "lost" });
    await s.pass(5_000);
    const all: SentWebhook[] = (await control("GET", `/webhooks?since=${reply.body.at}`)).body;
    expect(all.map(({ platform, type, attempts, status, delivery }) => ({ platform, type, attempts, status, delivery }))).toEqual(
      [
        { platform: "zendesk", type: "ticket.created", attempts: 1, status: 204, delivery: "duplicate" },
        { platform: "zendesk", type: "ticket.created", attempts: 1, status: 204, delivery: "duplicate" },
        { platform: "salesforce", type: "outbound_message.Account", attempts: 0, status: 0, delivery: "lost" },
        { platform: "salesforce", type: "callout.Opportunity", attempts: 0, status: 0, delivery: "lost" },
      ],
    );
    expect((await control("GET", "/webhooks?platform=zendesk")).body).toHaveLength(2);
    expect((await control("GET", `/webhooks?since=${s.clock.now()}`)).body).toEqual([]);
    expect((await control("GET", "/webhooks?platform=nobody")).status).toBe(400);
    await control("POST", "/reset");
    expect((await control("GET", "/webhooks")).body).toEqual([]);
  });

  it("makes it happen to a customer who is named", async () => {
    const { world } = s.acme;
    const person = world.people.find(
      (p) => p.salesforce && p.zendesk && p.mixpanel && p.company !== null && p.tags.includes("story"),
    )!;
    const about = `email:${person.email}`;
    for (const kind of ["ticket_created", "angry_ticket"] as const) {
      const { refs } = s.lab.happen({ kind, tenant: "acme", about });
      expect(refs).toContain(`zendesk.user:${world.ids.zendesk.user(person.index)}`);
    }
    const account = `salesforce.account:${world.ids.salesforce.account(person.company!)}`;
    expect(s.lab.happen({ kind: "owner_changed", tenant: "acme", about }).refs).toContain(account);
    expect(s.lab.happen({ kind: "deal_won", tenant: "acme", about: account }).refs).toContain(account);
    expect(() => s.lab.happen({ kind: "deal_won", tenant: "acme", about: "email:nobody@nowhere.example" })).toThrow(
      "nobody here",
    );
  });
});
