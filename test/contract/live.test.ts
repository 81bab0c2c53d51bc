import type { Context } from "@sidelight/contracts/context/context.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Told } from "../lab/control/happening.ts";
import type { LabTenant } from "../lab/simulators/lab.ts";
import { zendeskClient } from "../lab/simulators/testing.ts";
import type { Delivery } from "../lab/world/cause.ts";
import type { Kind } from "../lab/world/mutations/index.ts";
import { type ConfigTree, type House, openHouse } from "../support/house.ts";
import { passing } from "../support/settle.ts";
import { until } from "../support/until.ts";

// Everything that can happen at a customer's, with its webhooks on every kind of way: the context shows it in the end, and once.
const kinds = [
  "ticket_created",
  "angry_ticket",
  "ticket_solved",
  "deal_won",
  "owner_changed",
  "onboarding_completed",
  "opted_out",
  "lead_created",
  "usage_stopped",
] as const satisfies readonly Kind[];
type Happens = (typeof kinds)[number];

/** Mixpanel tells nobody of silence. */
const silent: Happens = "usage_stopped";
const told = kinds.filter((kind) => kind !== silent);
/** Of those that must not come to a webhook's help, s. */
const never = 100_000;

describe.each<{ how: string; delivery: Delivery | null }>([
  { how: "at once", delivery: null },
  { how: "twice", delivery: "duplicate" },
  { how: "late", delivery: "late" },
  { how: "in another order", delivery: "reordered" },
  { how: "never", delivery: "lost" },
])("with webhooks that come $how", ({ delivery }) => {
  let house: House;
  let since: string;
  let happened: Map<Happens, Told>;
  let asked: number;

  beforeAll(async () => {
    house = await openHouse({ webhooks: true, configure: pulling(delivery === "lost" ? 60 : never) });
    house.clock.advance(1_000);
    since = new Date(house.clock.now()).toISOString();
    happened = new Map(told.map((kind, seed) => [kind, happen(house, kind, seed, delivery)]));
    await until("every webhook to be over", () => {
      house.clock.advance(100);
      return house.senders!.waiting().length === 0;
    });
    await passing(house.clock, house.runtime.tenants.get("acme")!.hub.followUps.settled(), 50);
    asked = house.requests().length;
  });
  afterAll(() => house.close());

  const sent = (kind: Happens) => house.lab.webhooks.list({ happening: happened.get(kind)!.id });

  if (delivery === "lost") {
    it.each(told)("%s shows after the next pull", async (kind) => {
      expect(sent(kind).map(({ state }) => state)).toEqual(sent(kind).map(() => "lost"));
      await pulled(house, kind, happened.get(kind)!);
    });
    it("nothing came by a webhook", async () => {
      expect(await fromWebhooks(house, since)).toEqual([]);
    });
    return;
  }

  it.each(told)("%s shows, and no platform is asked for it then", async (kind) => {
    expect(sent(kind).length).toBeGreaterThan(0);
    expect(sent(kind).map(({ state }) => state)).toEqual(sent(kind).map(() => "delivered"));
    await shows(house, kind, happened.get(kind)!);
    expect(house.requests().length).toBe(asked);
  });

  it("each message is counted once, however often it came", async () => {
    const messages = new Set(
      house.lab.webhooks
        .list({ tenant: "acme" })
        // Nobody left the cohort: that call is empty.
        .filter(({ type }) => type !== "cohort.remove_members")
        .map(({ id }) => id.replace("-again", "")),
    );
    expect((await fromWebhooks(house, since)).length).toBe(messages.size);
    const { items } = (await house.ask("/v1/quarantine")).body;
    expect(items).toEqual([]);
  });
});

// A lab can't wait three weeks, and takes the events of three weeks back: a pull of recent days doesn't see that.
it(`${silent} sends nothing, and shows once use is counted anew`, async () => {
  const house = await openHouse({ webhooks: true, pull: false });
  try {
    const stopped = happen(house, silent, 8, null);
    house.clock.advance(5_000);
    expect(house.senders!.waiting()).toEqual([]);
    expect(house.lab.webhooks.list({})).toEqual([]);
    await house.restart();
    await shows(house, silent, stopped);
  } finally {
    await house.close();
  }
});

it("shows what is written through a platform's own interface, too", async () => {
  const house = await openHouse({ webhooks: true, configure: pulling(never) });
  try {
    const tenant = house.lab.tenants["acme"]!;
    const { world } = tenant;
    const ticket = [...world.zendesk.tickets.values()].find((t) => t.status === "open" && isPlain(world, t.requester_id))!;
    const agent = await zendeskClient(tenant);
    house.clock.advance(1_000);
    const change = await agent("PUT", `/api/v2/tickets/${ticket.id}`, {
      ticket: { status: "pending", subject: "Renamed by an agent" },
    });
    expect(change.status).toBe(200);
    await until("the webhooks", () => {
      house.clock.advance(100);
      return house.senders!.waiting().length === 0;
    });
    const { body } = await house.context(`zendesk.ticket:${ticket.id}`);
    const shown = body.sections.support!.data!.tickets.find((t) => t.id === String(ticket.id));
    expect(shown).toMatchObject({ status: "pending", subject: "Renamed by an agent" });
  } finally {
    await house.close();
  }
});

const pulling = (pullEverySeconds: number) => (config: ConfigTree) => {
  for (const { platform, settings } of config.tenants.acme.connections)
    if (platform !== "generic")
      settings.pullEverySeconds = platform === "mixpanel" ? Math.max(300, pullEverySeconds) : pullEverySeconds;
};

/** Tickets happen to somebody of whom nothing is doubtful, so that their sums can be checked. */
function happen(house: House, kind: Happens, seed: number, delivery: Delivery | null): Told {
  const { world } = house.lab.tenants["acme"]!;
  const open = [...world.zendesk.tickets.values()].find((t) => t.status === "open" && isPlain(world, t.requester_id))!;
  const about = kind === "ticket_solved" ? { about: `zendesk.user:${open.requester_id}` } : {};
  return house.lab.happen({ kind, tenant: "acme", seed, ...about, ...(delivery ? { delivery } : {}) });
}

function isPlain({ people, ids }: LabTenant["world"], user: number): boolean {
  const person = people.find((p) => p.zendesk && ids.zendesk.user(p.index) === user);
  return person?.tags.every((tag) => tag === "everywhere" || tag === "story") ?? false;
}

const idOf = (ref: string | undefined): string => ref!.slice(ref!.indexOf(":") + 1);

async function pulled(house: House, kind: Happens, told: Told): Promise<void> {
  let last: unknown;
  await until(`a pull to bring ${kind}`, async () => {
    house.clock.advance(2_000);
    return await shows(house, kind, told).then(
      () => true,
      (error: unknown) => {
        last = error;
        return false;
      },
    );
  }).catch((error: unknown) => {
    throw last ?? error;
  });
}

/** Fails unless the context says what has happened. */
async function shows(house: House, kind: Happens, { refs }: Told): Promise<void> {
  const { world } = house.lab.tenants["acme"]!;
  const context = async (ref: string | undefined): Promise<Context> =>
    (await passing(house.clock, house.context(ref!), 20)).value.body;
  const ref = (prefix: string): string => refs.find((r) => r.startsWith(prefix))!;
  const accounts = world.salesforce.tables.Account;
  switch (kind) {
    case "ticket_created":
    case "angry_ticket":
    case "ticket_solved": {
      const body = await context(refs[0]);
      const ticket = world.zendesk.tickets.get(Number(idOf(refs[0])))!;
      supportAgrees(house, body, ticket.requester_id);
      const { tickets, highestPriority } = body.sections.support!.data!;
      if (kind === "angry_ticket") expect(highestPriority).toBe("urgent");
      if (kind !== "ticket_solved")
        expect(tickets.filter((t) => t.id === idOf(refs[0]))).toMatchObject([{ subject: ticket.subject }]);
      return;
    }
    case "deal_won": {
      const account = accounts.get(idOf(ref("salesforce.account:")))!;
      const { arr, opportunities, stage } = (await context(ref("salesforce.account:"))).sections.account!.data!;
      expect([arr?.amount, stage]).toEqual([account["ARR__c"], "Customer"]);
      expect(opportunities.map(({ id }) => id)).not.toContain(idOf(refs[0]));
      return;
    }
    case "owner_changed":
      expect((await context(refs[0])).sections.account!.data!.owner!.id).toBe(idOf(ref("salesforce.user:")));
      return;
    case "onboarding_completed": {
      const own = await eventsOf(house, refs[0], ["mixpanel.user.completed_onboarding"]);
      const isTold = house.lab.webhooks.list({ platform: "mixpanel" }).some(({ state }) => state === "delivered");
      expect(own.length).toBe(isTold ? 1 : 0);
      if (isTold) return;
      const { steps } = (await context(refs[0])).sections.product!.data!.funnel!;
      expect(steps.map(({ done }) => done)).toEqual([true, true, true, true]);
      return;
    }
    case "opted_out":
      expect((await context(refs[0])).sections.product).toMatchObject({ state: "consent_withheld", data: null });
      return;
    case "lead_created":
      expect((await eventsOf(house, refs[0], ["salesforce.lead.updated", "salesforce.lead.created"])).length).toBeGreaterThan(0);
      expect((await context(refs[0])).match.state).toBe("resolved");
      return;
    case "usage_stopped": {
      const { lastActiveAt } = (await context(refs[0])).sections.product!.data!;
      expect(lastActiveAt === null || Date.parse(lastActiveAt) < world.anchor - 21 * 86_400_000).toBe(true);
    }
  }
}

/** Counts by state are those of the tickets that the person has, each once. */
function supportAgrees(house: House, body: Context, requester: number): void {
  const tickets = house.lab.tenants["acme"]!.world.zendesk.tickets.by("requester_id", requester);
  const count = (status: string): number => tickets.filter((t) => t.status === status).length;
  expect(body.sections.support!.data).toMatchObject({
    new: count("new"),
    open: count("open"),
    pending: count("pending"),
    hold: count("hold"),
  });
}

interface LoggedEvent {
  source: { platform: string; objectId: string; sourceEventId: string | null };
}

async function eventsOf(house: House, ref: string | undefined, types: string[]): Promise<LoggedEvent[]> {
  const lists = await Promise.all(types.map((type) => house.ask<{ items: LoggedEvent[] }>(`/v1/events?type=${type}&limit=20`)));
  return lists.flatMap(({ body }) => body.items).filter(({ source }) => source.objectId === idOf(ref));
}

/** Events of the log that a webhook brought. */
async function fromWebhooks(house: House, since: string): Promise<LoggedEvent[]> {
  const { body } = await house.ask<{ items: LoggedEvent[] }>(`/v1/events?limit=1000&since=${since}`);
  return body.items.filter(({ source }) => source.sourceEventId !== null && source.platform !== "sidelight");
}
