import type { Context } from "@sidelight/contracts/context/context.ts";
import { advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";
import type { ScenarioResult } from "../lab/control/scenario.ts";
import type { LabTenant } from "../lab/simulators/lab.ts";
import { zendeskClient } from "../lab/simulators/testing.ts";
import type { Delivery } from "../lab/world/cause.ts";
import type { ScenarioKind } from "../lab/world/mutations/index.ts";

// Every scenario, with its webhooks delivered in every way: the context shows the result once.
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
] as const satisfies readonly ScenarioKind[];
type Scenario = (typeof kinds)[number];

/** Mixpanel sends nothing when usage stops. */
const silentScenario: Scenario = "usage_stopped";
const reportedKinds = kinds.filter((kind) => kind !== silentScenario);
/** Interval of pulls that must not bring a change before its webhook, s. */
const neverSeconds = 100_000;

describe.each<{ how: string; delivery: Delivery | null }>([
  { how: "delivered at once", delivery: null },
  { how: "delivered twice", delivery: "duplicate" },
  { how: "delivered late", delivery: "late" },
  { how: "delivered out of order", delivery: "reordered" },
  { how: "lost", delivery: "lost" },
])("with webhooks that are $how", ({ delivery }) => {
  let harness: Harness;
  let since: string;
  let results: Map<Scenario, ScenarioResult>;
  let requestCount: number;

  beforeAll(async () => {
    harness = await openHarness({ webhooks: true, configure: pulling(delivery === "lost" ? 60 : neverSeconds) });
    harness.clock.advance(1_000);
    since = new Date(harness.clock.now()).toISOString();
    results = new Map(reportedKinds.map((kind, seed) => [kind, runScenario(harness, kind, seed, delivery)]));
    await advanceUntil(harness.clock, 100, "every webhook", () => harness.senders!.waiting().length === 0);
    await advanceUntilSettled(harness.clock, harness.runtime.tenants.get("acme")!.ingest.followUps.settled(), 50);
    requestCount = harness.requests().length;
  });
  afterAll(() => harness.close());

  const webhooksOf = (kind: Scenario) => harness.lab.webhooks.list({ scenario: results.get(kind)!.id });

  if (delivery === "lost") {
    it.each(reportedKinds)("%s is shown after the next pull", async (kind) => {
      expect(webhooksOf(kind).map(({ state }) => state)).toEqual(webhooksOf(kind).map(() => "lost"));
      await untilPulled(harness, kind, results.get(kind)!);
    });
    it("no event came from a webhook", async () => {
      expect(await fromWebhooks(harness, since)).toEqual([]);
    });
    return;
  }

  it.each(reportedKinds)("%s is shown without another request to a platform", async (kind) => {
    expect(webhooksOf(kind).length).toBeGreaterThan(0);
    expect(webhooksOf(kind).map(({ state }) => state)).toEqual(webhooksOf(kind).map(() => "delivered"));
    await expectShown(harness, kind, results.get(kind)!);
    expect(harness.requests().length).toBe(requestCount);
  });

  it("counts each message once, however often it was sent", async () => {
    const messages = new Set(
      harness.lab.webhooks
        .list({ tenant: "acme" })
        // No member left the cohort, so that call is empty.
        .filter(({ type }) => type !== "cohort.remove_members")
        .map(({ id }) => id.replace("-again", "")),
    );
    expect((await fromWebhooks(harness, since)).length).toBe(messages.size);
    const { items } = (await harness.request("/v1/quarantine")).body;
    expect(items).toEqual([]);
  });
});

// The lab removes the events of three weeks instead of waiting for them. A pull of recent days does not see that.
it(`${silentScenario} sends no webhook, and is shown after usage is counted again`, async () => {
  const harness = await openHarness({ webhooks: true, pull: false });
  try {
    const scenario = runScenario(harness, silentScenario, 8, null);
    harness.clock.advance(5_000);
    expect(harness.senders!.waiting()).toEqual([]);
    expect(harness.lab.webhooks.list({})).toEqual([]);
    await harness.restart();
    await expectShown(harness, silentScenario, scenario);
  } finally {
    await harness.close();
  }
});

it("shows a change made in the platform's own interface", async () => {
  const harness = await openHarness({ webhooks: true, configure: pulling(neverSeconds) });
  try {
    const tenant = harness.lab.tenants["acme"]!;
    const { world } = tenant;
    const ticket = [...world.zendesk.tickets.values()].find((t) => t.status === "open" && isPlain(world, t.requester_id))!;
    const agent = await zendeskClient(tenant);
    harness.clock.advance(1_000);
    const change = await agent("PUT", `/api/v2/tickets/${ticket.id}`, {
      ticket: { status: "pending", subject: "Renamed by an agent" },
    });
    expect(change.status).toBe(200);
    await advanceUntil(harness.clock, 100, "the webhooks", () => harness.senders!.waiting().length === 0);
    const { body } = await harness.context(`zendesk.ticket:${ticket.id}`);
    const ticketRow = body.sections.support!.data!.tickets.find((t) => t.id === String(ticket.id));
    expect(ticketRow).toMatchObject({ status: "pending", subject: "Renamed by an agent" });
  } finally {
    await harness.close();
  }
});

const pulling = (pullEverySeconds: number) => (config: ConfigTree) => {
  for (const { platform, settings } of config.tenants.acme.connections)
    if (platform !== "generic")
      settings.pullEverySeconds = platform === "mixpanel" ? Math.max(300, pullEverySeconds) : pullEverySeconds;
};

/** Tickets belong to a person with unambiguous records, so that their counts can be checked. */
function runScenario(harness: Harness, kind: Scenario, seed: number, delivery: Delivery | null): ScenarioResult {
  const { world } = harness.lab.tenants["acme"]!;
  const open = [...world.zendesk.tickets.values()].find((t) => t.status === "open" && isPlain(world, t.requester_id))!;
  const customer = kind === "ticket_solved" ? { customer: `zendesk.user:${open.requester_id}` } : {};
  return harness.lab.runScenario({ kind, tenant: "acme", seed, ...customer, ...(delivery ? { delivery } : {}) });
}

function isPlain({ people, ids }: LabTenant["world"], user: number): boolean {
  const person = people.find((p) => p.zendesk && ids.zendesk.user(p.index) === user);
  return person?.tags.every((tag) => tag === "everywhere" || tag === "demo") ?? false;
}

const idOf = (ref: string | undefined): string => ref!.slice(ref!.indexOf(":") + 1);

async function untilPulled(harness: Harness, kind: Scenario, result: ScenarioResult): Promise<void> {
  let lastError: unknown;
  await advanceUntil(harness.clock, 2_000, `a pull to bring ${kind}`, async () => {
    return await expectShown(harness, kind, result).then(
      () => true,
      (error: unknown) => {
        lastError = error;
        return false;
      },
    );
  }).catch((error: unknown) => {
    throw lastError ?? error;
  });
}

/** Fails unless the context shows the result of the scenario. */
async function expectShown(harness: Harness, kind: Scenario, { refs }: ScenarioResult): Promise<void> {
  const { world } = harness.lab.tenants["acme"]!;
  const context = async (ref: string | undefined): Promise<Context> =>
    (await advanceUntilSettled(harness.clock, harness.context(ref!), 20)).value.body;
  const ref = (prefix: string): string => refs.find((r) => r.startsWith(prefix))!;
  const accounts = world.salesforce.tables.Account;
  switch (kind) {
    case "ticket_created":
    case "angry_ticket":
    case "ticket_solved": {
      const body = await context(refs[0]);
      const ticket = world.zendesk.tickets.get(Number(idOf(refs[0])))!;
      expectSupportCounts(harness, body, ticket.requester_id);
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
      const events = await eventsOf(harness, refs[0], ["mixpanel.user.completed_onboarding"]);
      const isReported = harness.lab.webhooks.list({ platform: "mixpanel" }).some(({ state }) => state === "delivered");
      expect(events.length).toBe(isReported ? 1 : 0);
      if (isReported) return;
      const { steps } = (await context(refs[0])).sections.product!.data!.funnel!;
      expect(steps.map(({ done }) => done)).toEqual([true, true, true, true]);
      return;
    }
    case "opted_out":
      expect((await context(refs[0])).sections.product).toMatchObject({ state: "consent_withheld", data: null });
      return;
    case "lead_created":
      expect((await eventsOf(harness, refs[0], ["salesforce.lead.updated", "salesforce.lead.created"])).length).toBeGreaterThan(
        0,
      );
      expect((await context(refs[0])).match.state).toBe("resolved");
      return;
    case "usage_stopped": {
      const { lastActiveAt } = (await context(refs[0])).sections.product!.data!;
      expect(lastActiveAt === null || Date.parse(lastActiveAt) < world.anchor - 21 * 86_400_000).toBe(true);
    }
  }
}

/** The counts by status are those of the person's tickets. */
function expectSupportCounts(harness: Harness, body: Context, requester: number): void {
  const tickets = harness.lab.tenants["acme"]!.world.zendesk.tickets.by("requester_id", requester);
  const count = (status: string): number => tickets.filter((t) => t.status === status).length;
  expect(body.sections.support!.data).toMatchObject({
    new: count("new"),
    open: count("open"),
    pending: count("pending"),
    hold: count("hold"),
  });
}

interface LoggedEvent {
  /** 1 for a change that a pull or a read found. */
  schemaVersion: number;
  source: { platform: string; objectId: string };
}

async function eventsOf(harness: Harness, ref: string | undefined, types: string[]): Promise<LoggedEvent[]> {
  const lists = await Promise.all(
    types.map((type) => harness.request<{ items: LoggedEvent[] }>(`/v1/events?type=${type}&limit=20`)),
  );
  return lists.flatMap(({ body }) => body.items).filter(({ source }) => source.objectId === idOf(ref));
}

/** Events that came from a webhook. */
async function fromWebhooks(harness: Harness, since: string): Promise<LoggedEvent[]> {
  const { body } = await harness.request<{ items: LoggedEvent[] }>(`/v1/events?limit=1000&since=${since}`);
  return body.items.filter(({ schemaVersion, source }) => schemaVersion > 1 && source.platform !== "sidelight");
}
