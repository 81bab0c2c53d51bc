import type { EventInput } from "@sidelight/model/records.ts";
import type { Action, Effect, Outcome } from "@sidelight/platform-kit/action.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Logs, openLogs } from "../../../test/support/logs.ts";
import { manualClock } from "../../../test/support/manualClock.ts";
import { until } from "../../../test/support/until.ts";
import { RoutingConfig } from "../config/routing.ts";
import type { Connection } from "../connections/connections.ts";
import { openDeliveries } from "../deliveries/deliveryQueue.ts";
import type { TenantLog } from "../log/log.ts";
import { listAlerts } from "../store/alerts.ts";
import { createLogger } from "../telemetry/logger.ts";
import { compileRoutes } from "./routes.ts";
import { type Routing, startRouting } from "./routing.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

const clock = manualClock(Date.parse("2026-11-21T12:00:00Z"));
let log: TenantLog;
let routing: Routing | null = null;
/** What the target was asked to do, in order. */
let asked: Effect<{ about: string; says: string }>[];
let answer: (effect: Effect<{ about: string; says: string }>) => Outcome;

const done: Outcome = { state: "done", ref: "zendesk.ticket:1", wrote: true };
const failed = (cause: "unavailable" | "rejected", isRetryable: boolean, retryAt: number | null = null): Outcome => ({
  state: "failed",
  cause,
  message: "It said no.",
  isRetryable,
  retryAt,
});

const action: Action<{ about: string; says: string }> = {
  summary: "Says something",
  input: z.strictObject({ about: z.string(), says: z.string() }),
  batch: 3,
  sameAs: ({ about }) => (about === "" ? null : about),
  merge: (older, newer) => ({ about: newer.about, says: `${older.says}+${newer.says}` }),
  perform(effects) {
    asked.push(...effects);
    return Promise.resolve(effects.map(answer));
  },
};
const target = { id: "desk", platform: { label: "Desk" }, connector: { actions: { say: action } } } as unknown as Connection;

beforeEach(async () => {
  asked = [];
  read = [];
  recordBefore = null;
  standing = Promise.resolve(null);
  answer = () => done;
  log = await logs.newLog(clock.now);
});
afterEach(async () => {
  await routing?.stop();
  routing = null;
});

const route = { id: "tell", on: "zendesk.ticket.*", to: "desk", do: "say", with: '{"about": "", "says": event.data.n}' };

/** What was asked of the customers, and what they answer. */
let read: string[];
let recordBefore: unknown;
let standing: Promise<null>;

function start(overrides: object = {}, isWithheld = (_about: string) => false): void {
  const config = RoutingConfig.parse({ routes: [{ ...route, ...overrides }] });
  const { routes, issues } = compileRoutes(config, [target]);
  expect(issues).toEqual([]);
  routing = startRouting({
    log,
    clock,
    logger: createLogger("silent"),
    connections: [target],
    use: { routes, settings: config.settings, version: "v1" },
    knowledge: {
      of: async (event) => ({
        event: { data: event.payload?.data, eventType: event.type } as never,
        read: async (part) => {
          read.push(part);
          return part === "customer" ? { company: { id: "company:1" } } : { plan: "gold" };
        },
      }),
      objectsOfHealth: ["ticket", "usage"],
      customerOf: async () => "company:1",
      standingAt: () => standing,
      recordBefore: async () => recordBefore,
      hasDeclined: async (about) => isWithheld(about),
    },
  });
}

let events = 0;
const event = (n: string, more: Partial<EventInput> = {}): EventInput => ({
  type: "zendesk.ticket.comment_added",
  timestamp: clock.now(),
  platform: "zendesk",
  connection: "zendesk",
  object: "ticket",
  ref: "zendesk.ticket:1",
  subject: "zendesk.user:1",
  sourceIds: [`e${++events}`],
  record: null,
  interaction: null,
  data: { n },
  isEcho: false,
  ...more,
});
const tell = (...told: EventInput[]) => log.commit({ events: told, correlationId: "test" });
const states = async () => (await openDeliveries(log).list({ limit: 100 })).map((d) => d.state).sort();
const said = () => asked.map((e) => e.input.says);

async function settled(expected: string[]): Promise<void> {
  await until(`deliveries ${expected}`, async () => {
    clock.advance(100);
    return JSON.stringify(await states()) === JSON.stringify([...expected].sort());
  });
}

describe("routing", () => {
  it("carries each event once, in order and in batches, and nothing of the time before", async () => {
    await tell(event("before"));
    start();
    await tell(event("a"), event("b"));
    await tell(event("c"), event("d"));
    await settled(["done", "done", "done", "done"]);
    expect(said()).toEqual(["a", "b", "c", "d"]);
    expect(new Set(asked.map((e) => e.id)).size).toBe(4);
    for (const { id } of asked) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  it("goes on where it was when it is started again, and repeats nothing that was done", async () => {
    start();
    await tell(event("a"));
    await settled(["done"]);
    await routing!.stop();
    await tell(event("b"));
    start();
    await settled(["done", "done"]);
    expect(said()).toEqual(["a", "b"]);
  });

  it("repeats an effect under the same id when it was cut off before its end was written down", async () => {
    start();
    let isCut = true;
    answer = () => {
      if (isCut) throw new Error("cut off");
      return done;
    };
    await tell(event("a"));
    await until("the first attempt", () => asked.length === 1);
    isCut = false;
    await settled(["done"]);
    expect(asked.length).toBe(2);
    expect(asked[0]!.id).toBe(asked[1]!.id);
    expect(asked[0]!.at).toBe(asked[1]!.at);
  });

  it("leaves out our own echoes, what was imported, and a change that was known already", async () => {
    start();
    await tell(event("echo", { isEcho: true }), event("import", { type: "zendesk.ticket.imported" }));
    await tell(event("known", { type: "zendesk.ticket.status_changed" }), event("word"));
    await settled(["done"]);
    expect(said()).toEqual(["word"]);
  });

  it("joins what waits for the same thing: the newest speaks, with what the older said", async () => {
    answer = () => failed("unavailable", true);
    start({ with: '{"about": "ticket 1", "says": event.data.n}' });
    await tell(event("a"));
    await until("the first attempt", () => asked.length > 0);
    await tell(event("b"));
    answer = () => done;
    await settled(["done", "done"]);
    expect(said().at(-1)).toBe("a+b");
  });

  it("sends nothing old after what is newer, when a target that was in trouble is asked with one of them", async () => {
    answer = () => failed("unavailable", true);
    start({ with: '{"about": "ticket 1", "says": event.data.n}' });
    await tell(event("a"));
    await until("the first attempt", () => asked.length > 0);
    await tell(event("b"));
    await until("it is routed", async () => (await states()).length === 2);
    answer = () => done;
    // Both are due by then.
    clock.advance(60_000);
    await settled(["done", "done"]);
    expect(said()).toEqual(["a", "a+b"]);
  });

  it("tries again with growing pauses for more than a day, no sooner than it is told, and then gives up", async () => {
    const at: number[] = [];
    const retryAt = clock.now() + 40_000;
    answer = () => {
      at.push(clock.now());
      return failed("unavailable", true, at.length === 1 ? retryAt : null);
    };
    start();
    await tell(event("a"));
    await until("the end", async () => {
      clock.advance(at.length < 6 ? 5_000 : 600_000);
      return (await states())[0] === "dead";
    });
    expect(at[1]! - retryAt).toBeGreaterThanOrEqual(0);
    expect(at.at(-1)! - at[0]!).toBeGreaterThan((24 * 3_600_000) / 2);
    const [dead] = await openDeliveries(log).list({ limit: 1 });
    expect(dead).toMatchObject({ cause: "unavailable", message: "It said no.", attempts: 12 });
  });

  it("gives up at once what is refused; what follows waits behind it only where the route says so", async () => {
    answer = ({ input }) => (input.says === "bad" ? failed("rejected", false) : done);
    start();
    await tell(event("bad"), event("good"));
    await settled(["dead", "done"]);
    await routing!.stop();
    start({ id: "strict", onFailure: "hold" });
    await tell(event("bad"));
    await until("it is given up", async () => (await states()).filter((s) => s === "dead").length === 2);
    await tell(event("behind it"));
    await settled(["dead", "done", "dead", "held"]);
    expect(said()).toEqual(["bad", "good", "bad"]);
  });

  it("calls for somebody where a route asks for a review, once for all that was given up", async () => {
    answer = () => failed("rejected", false);
    start({ onFailure: "review" });
    await tell(event("a", { subject: "zendesk.user:2" }), event("b", { subject: "zendesk.user:3" }));
    await settled(["dead", "dead"]);
    const alerts = await listAlerts(log.store, { limit: 10, offset: 0 });
    expect(alerts).toMatchObject([{ kind: "delivery_review", connection: "desk", subject: "tell", closed_at: null }]);
  });

  it("holds back what says nothing may be sent", async () => {
    start({}, () => true);
    await tell(event("a"));
    await settled(["withheld"]);
    expect(asked).toEqual([]);
  });

  it("lets through what speaks of nothing but the company, whoever of its people has declined", async () => {
    start({ about: "company" }, (about) => about !== "company:1");
    await tell(event("a"));
    await settled(["done"]);
    expect(said()).toEqual(["a"]);
  });

  it("holds back what somebody declined after it was made", async () => {
    let declined = false;
    answer = () => failed("unavailable", true);
    start({}, () => declined);
    await tell(event("a"));
    await until("the first attempt", () => asked.length === 1);
    declined = true;
    await settled(["withheld"]);
    expect(asked.length).toBe(1);
  });

  it("reads of the customer what its expressions look at, once, and nothing else", async () => {
    start({ when: "account.plan = 'gold' and account.seats = null or account.plan = 'gold'" });
    await tell(event("a"));
    await settled(["done"]);
    expect(read).toEqual(["account"]);
    await routing!.stop();
    start({ id: "another" });
    await tell(event("b"));
    await settled(["done", "done"]);
    expect(read).toEqual(["account"]);
  });

  it("keeps no event waiting for how somebody's health stands", async () => {
    let answerIt: (value: null) => void = () => {};
    standing = new Promise((resolve) => {
      answerIt = resolve;
    });
    start();
    const data = { kind: "usage" as const, lastActiveAt: null, days: {}, funnel: {} };
    const origin = { platform: "mixpanel", connection: "mixpanel", object: "usage", ref: "mixpanel.usage:u" };
    const times = { changedAt: 1, observedAt: 1, identifiers: [], edges: [] };
    const usage = { ...event("use"), ...origin, type: "mixpanel.usage.updated" };
    await tell({ ...usage, record: { ...origin, ...times, subject: usage.subject, data } });
    await tell(event("a"));
    await settled(["done"]);
    expect(said()).toEqual(["a"]);
    answerIt(null);
  });

  it("leaves out an update in which nothing that is mapped has changed, and none that its name makes news", async () => {
    const record = (subject: string) => ({ kind: "activity" as const, type: "call", subject, at: "2026-11-21T12:00:00Z" });
    const updated = (subject: string, more: Partial<EventInput> = {}) =>
      event(subject, { type: "zendesk.ticket.updated", ...more, record: { ...known, data: record(subject) } });
    const known = {
      ref: "zendesk.ticket:1",
      platform: "zendesk",
      connection: "zendesk",
      object: "ticket",
      subject: "zendesk.user:1",
      changedAt: null,
      observedAt: clock.now(),
      identifiers: [],
      edges: [],
    };
    start({ with: '{"about": "", "says": record.subject}' });
    recordBefore = record("same");
    await tell(updated("same"));
    await tell(updated("new"));
    await settled(["done"]);
    expect(said()).toEqual(["new"]);
    recordBefore = record("other");
    await tell(updated("other", { type: "zendesk.ticket.reopened" }));
    await settled(["done", "done"]);
  });

  it("tells an operator's mistake as one", async () => {
    start({ with: '{"about": 7}' });
    await tell(event("a"));
    await settled(["dead"]);
    const [dead] = await openDeliveries(log).list({ limit: 1 });
    expect(dead).toMatchObject({ cause: "misconfigured", message: expect.stringContaining("about") });
  });

  it("sends once for a name that the route gives", async () => {
    start({ oncePer: '"this week"' });
    await tell(event("a"), event("b"), event("c"));
    await settled(["done"]);
    expect(said()).toEqual(["a"]);
  });
});

describe("a route that can't be used is told with its place", () => {
  it.each([
    ["an unknown connection", { to: "nobody" }, ["routes", 0, "to"], "no connection nobody"],
    ["an unknown action", { do: "sing" }, ["routes", 0, "do"], "can't do sing; it can do say"],
    ["an unknown transform", { with: "ticketToNothing" }, ["routes", 0, "with"], "no transform ticketToNothing"],
    ["a condition that is no JSONata", { when: "event.(" }, ["routes", 0, "when"], "no JSONata"],
  ])("%s", (_, overrides, path, message) => {
    const { issues, routes } = compileRoutes(RoutingConfig.parse({ routes: [{ ...route, ...overrides }] }), [target]);
    expect(routes).toEqual([]);
    expect(issues).toEqual([{ path, message: expect.stringContaining(message) }]);
  });

  it("and an id that stands twice", () => {
    const { issues } = compileRoutes(RoutingConfig.parse({ routes: [route, route] }), [target]);
    expect(issues).toEqual([{ path: ["routes", 1, "id"], message: "another route has the id tell" }]);
  });
});
