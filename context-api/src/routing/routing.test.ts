import type { EventInput } from "@sidelight/model/records.ts";
import type { Action, Effect, Outcome } from "@sidelight/platform-kit/action.ts";
import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { RoutingConfig } from "../config/routing.ts";
import { openDeliveries } from "../deliveries/deliveryQueue.ts";
import type { TenantLog } from "../log/log.ts";
import { type Logs, openLogs } from "../log/testLogs.ts";
import { listAlerts } from "../store/tables/alerts.ts";
import { createLogger } from "../telemetry/logger.ts";
import { compileRoutes } from "./routes.ts";
import { type Routing, startRouting } from "./routing.ts";
import { superviseNothing, testConnection } from "./testRouting.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

const clock = manualClock(Date.parse("2026-11-21T12:00:00Z"));
let log: TenantLog;
let routing: Routing | null = null;
interface Note {
  about: string;
  text: string;
}
/** Effects that the target performed, in order. */
let performedEffects: Effect<Note>[];
let answer: (effect: Effect<Note>) => Outcome;

const success: Outcome = { state: "done", ref: "zendesk.ticket:1", hasWritten: true };
const failure = (cause: "unavailable" | "rejected", isRetryable: boolean, retryAt: number | null = null): Outcome => ({
  state: "failed",
  cause,
  message: "Refused.",
  isRetryable,
  retryAt,
});

const action: Action<Note> = {
  summary: "Writes a note",
  input: z.strictObject({ about: z.string(), text: z.string() }),
  batch: 3,
  sameAs: ({ about }) => (about === "" ? null : about),
  merge: (older, newer) => ({ about: newer.about, text: `${older.text}+${newer.text}` }),
  perform(effects) {
    performedEffects.push(...effects);
    return Promise.resolve(effects.map(answer));
  },
};
const target = testConnection("desk", { note: action as Action }, clock);

beforeEach(async () => {
  performedEffects = [];
  readParts = [];
  previousRecord = null;
  health = Promise.resolve(null);
  answer = () => success;
  log = await logs.newLog(clock.now);
});
afterEach(async () => {
  await routing?.stop();
  routing = null;
});

const route = { id: "notes", on: "zendesk.ticket.*", to: "desk", do: "note", with: '{"about": "", "text": event.data.n}' };

/** Document parts that were read, and answers of the customer data source. */
let readParts: string[];
let previousRecord: unknown;
let health: Promise<null>;

function start(overrides: object = {}, hasDeclined = (_ref: string) => false): void {
  const config = RoutingConfig.parse({ routes: [{ ...route, ...overrides }] });
  const { routes, disabled, issues } = compileRoutes(config, [target]);
  expect(issues).toEqual([]);
  routing = startRouting({
    log,
    clock,
    logger: createLogger("silent"),
    connections: [target],
    supervise: superviseNothing,
    routes: { routes, disabled, settings: config.settings, version: "v1" },
    customerData: {
      forEvent: async (event) => ({
        event: { data: event.payload?.data, eventType: event.type } as never,
        read: async (part) => {
          readParts.push(part);
          return part === "customer" ? { company: { id: "company:1" } } : { plan: "gold" };
        },
      }),
      healthObjects: ["ticket", "usage"],
      healthCustomer: async () => "company:1",
      healthAt: () => health,
      companyFigures: async () => null,
      previousRecord: async () => previousRecord,
      withdrawalOf: async (ref, purpose) => (hasDeclined(ref) ? { purpose, platform: "Mixpanel" } : null),
      prefetchConsent: async () => {},
    },
  });
}

let eventCount = 0;
const event = (n: string, overrides: Partial<EventInput> = {}): EventInput => ({
  type: "zendesk.ticket.comment_added",
  timestamp: clock.now(),
  platform: "zendesk",
  connection: "zendesk",
  object: "ticket",
  ref: "zendesk.ticket:1",
  subject: "zendesk.user:1",
  sourceIds: [`e${++eventCount}`],
  sourceEventId: null,
  record: null,
  interaction: null,
  data: { n },
  isEcho: false,
  ...overrides,
});
const append = (...events: EventInput[]) => log.commit({ events, correlationId: "test" });
const states = async () => (await openDeliveries(log).list({ limit: 100 })).map((d) => d.state).sort();
const sentTexts = () => performedEffects.map((e) => e.input.text);

async function untilStates(expected: string[]): Promise<void> {
  await until(`deliveries ${expected}`, async () => {
    clock.advance(100);
    return JSON.stringify(await states()) === JSON.stringify([...expected].sort());
  });
}

describe("routing", () => {
  it("delivers each event once, in order and in batches, and none from before its first start", async () => {
    await append(event("before"));
    start();
    await append(event("a"), event("b"));
    await append(event("c"), event("d"));
    await untilStates(["done", "done", "done", "done"]);
    expect(sentTexts()).toEqual(["a", "b", "c", "d"]);
    expect(new Set(performedEffects.map((e) => e.id)).size).toBe(4);
    for (const { id } of performedEffects) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  it("continues after a restart without repeating a delivery", async () => {
    start();
    await append(event("a"));
    await untilStates(["done"]);
    await routing!.stop();
    await append(event("b"));
    start();
    await untilStates(["done", "done"]);
    expect(sentTexts()).toEqual(["a", "b"]);
  });

  it("repeats an effect under the same id when its outcome was not stored", async () => {
    start();
    let isCut = true;
    answer = () => {
      if (isCut) throw new Error("cut off");
      return success;
    };
    await append(event("a"));
    await until("the first attempt", () => performedEffects.length === 1);
    isCut = false;
    await untilStates(["done"]);
    expect(performedEffects.length).toBe(2);
    expect(performedEffects[0]!.id).toBe(performedEffects[1]!.id);
    expect(performedEffects[0]!.at).toBe(performedEffects[1]!.at);
  });

  it("skips echoes, imported history and changes that were already known", async () => {
    start();
    await append(event("echo", { isEcho: true }), event("import", { type: "zendesk.ticket.imported" }));
    await append(event("known", { type: "zendesk.ticket.status_changed" }), event("comment"));
    await untilStates(["done"]);
    expect(sentTexts()).toEqual(["comment"]);
  });

  it("merges waiting deliveries of one name into one effect", async () => {
    answer = () => failure("unavailable", true);
    start({ with: '{"about": "ticket 1", "text": event.data.n}' });
    await append(event("a"));
    await until("the first attempt", () => performedEffects.length > 0);
    await append(event("b"));
    answer = () => success;
    await untilStates(["done", "done"]);
    expect(sentTexts().at(-1)).toBe("a+b");
  });

  it("never sends an older delivery after a newer one when a failing target is probed", async () => {
    answer = () => failure("unavailable", true);
    start({ with: '{"about": "ticket 1", "text": event.data.n}' });
    await append(event("a"));
    await until("the first attempt", () => performedEffects.length > 0);
    await append(event("b"));
    await until("the second delivery", async () => (await states()).length === 2);
    answer = () => success;
    // Both are due now.
    clock.advance(60_000);
    await untilStates(["done", "done"]);
    expect(sentTexts()).toEqual(["a", "a+b"]);
  });

  it("retries with growing delays for more than a day, not before the platform's retry time, and then dead-letters", async () => {
    const attempts: number[] = [];
    const retryAt = clock.now() + 40_000;
    answer = () => {
      attempts.push(clock.now());
      return failure("unavailable", true, attempts.length === 1 ? retryAt : null);
    };
    start();
    await append(event("a"));
    await until("the dead letter", async () => {
      clock.advance(attempts.length < 6 ? 5_000 : 600_000);
      return (await states())[0] === "dead_letter";
    });
    expect(attempts[1]! - retryAt).toBeGreaterThanOrEqual(0);
    expect(attempts.at(-1)! - attempts[0]!).toBeGreaterThan((24 * 3_600_000) / 2);
    const [deadLetter] = await openDeliveries(log).list({ limit: 1 });
    expect(deadLetter).toMatchObject({ cause: "unavailable", message: "Refused.", attempts: 12 });
  });

  it("dead-letters a refused delivery at once, and blocks later ones only when the route says so", async () => {
    answer = ({ input }) => (input.text === "bad" ? failure("rejected", false) : success);
    start();
    await append(event("bad"), event("good"));
    await untilStates(["dead_letter", "done"]);
    await routing!.stop();
    start({ id: "strict", onFailure: "hold" });
    await append(event("bad"));
    await until("the dead letter", async () => (await states()).filter((s) => s === "dead_letter").length === 2);
    await append(event("later"));
    await untilStates(["dead_letter", "done", "dead_letter", "blocked"]);
    expect(sentTexts()).toEqual(["bad", "good", "bad"]);
  });

  it("opens one alert for all dead letters of a route with onFailure review", async () => {
    answer = () => failure("rejected", false);
    start({ onFailure: "review" });
    await append(event("a", { subject: "zendesk.user:2" }), event("b", { subject: "zendesk.user:3" }));
    await untilStates(["dead_letter", "dead_letter"]);
    const alerts = await listAlerts(log.store, { limit: 10, offset: 0 });
    expect(alerts).toMatchObject([{ kind: "delivery_review", connection: "desk", subject: "notes", closed_at: null }]);
  });

  it("withholds a delivery about a person who declined", async () => {
    start({}, () => true);
    await append(event("a"));
    await untilStates(["withheld"]);
    expect(performedEffects).toEqual([]);
  });

  it("sends deliveries about a company even when a person of it has declined", async () => {
    start({ about: "company" }, (ref) => ref !== "company:1");
    await append(event("a"));
    await untilStates(["done"]);
    expect(sentTexts()).toEqual(["a"]);
  });

  it("withholds a waiting delivery when the person declines", async () => {
    let isDeclined = false;
    answer = () => failure("unavailable", true);
    start({}, () => isDeclined);
    await append(event("a"));
    await until("the first attempt", () => performedEffects.length === 1);
    isDeclined = true;
    await untilStates(["withheld"]);
    expect(performedEffects.length).toBe(1);
  });

  it("reads only the document parts that its expressions use, once each", async () => {
    start({ when: "account.plan = 'gold' and account.seats = null or account.plan = 'gold'" });
    await append(event("a"));
    await untilStates(["done"]);
    expect(readParts).toEqual(["account"]);
    await routing!.stop();
    start({ id: "another" });
    await append(event("b"));
    await untilStates(["done", "done"]);
    expect(readParts).toEqual(["account"]);
  });

  it("does not wait for the health consumer", async () => {
    let resolveHealth: (value: null) => void = () => {};
    health = new Promise((resolve) => {
      resolveHealth = resolve;
    });
    start();
    const data = { kind: "usage" as const, lastActiveAt: null, days: {}, funnel: {} };
    const origin = { platform: "mixpanel", connection: "mixpanel", object: "usage", ref: "mixpanel.usage:u" };
    const times = { changedAt: 1, observedAt: 1, identifiers: [], edges: [] };
    const usage = { ...event("usage"), ...origin, type: "mixpanel.usage.updated" };
    await append({ ...usage, record: { ...origin, ...times, subject: usage.subject, data } });
    await append(event("a"));
    await untilStates(["done"]);
    expect(sentTexts()).toEqual(["a"]);
    resolveHealth(null);
  });

  it("skips an update that changed no mapped field, but not an event of another type", async () => {
    const record = (subject: string) => ({ kind: "activity" as const, type: "call", subject, at: "2026-11-21T12:00:00Z" });
    const updated = (subject: string, overrides: Partial<EventInput> = {}) =>
      event(subject, { type: "zendesk.ticket.updated", ...overrides, record: { ...recordFields, data: record(subject) } });
    const recordFields = {
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
    start({ with: '{"about": "", "text": record.subject}' });
    previousRecord = record("same");
    await append(updated("same"));
    await append(updated("new"));
    await untilStates(["done"]);
    expect(sentTexts()).toEqual(["new"]);
    previousRecord = record("other");
    await append(updated("other", { type: "zendesk.ticket.reopened" }));
    await untilStates(["done", "done"]);
  });

  it("reports a mapping error as misconfigured", async () => {
    start({ with: '{"about": 7}' });
    await append(event("a"));
    await untilStates(["dead_letter"]);
    const [deadLetter] = await openDeliveries(log).list({ limit: 1 });
    expect(deadLetter).toMatchObject({ cause: "misconfigured", message: expect.stringContaining("about") });
  });

  it("delivers once per value of oncePer", async () => {
    start({ oncePer: '"this week"' });
    await append(event("a"), event("b"), event("c"));
    await untilStates(["done"]);
    expect(sentTexts()).toEqual(["a"]);
  });
});

describe("an invalid route is reported with its path", () => {
  it.each([
    ["an unknown connection", { to: "missing" }, ["routes", 0, "to"], "no connection missing"],
    ["an unknown action", { do: "sing" }, ["routes", 0, "do"], "has no action sing; use one of: note"],
    ["an unknown transformer", { with: "ticketToNothing" }, ["routes", 0, "with"], "no transformer ticketToNothing"],
    ["a condition with a syntax error", { when: "event.(" }, ["routes", 0, "when"], "invalid JSONata"],
  ])("%s", (_, overrides, path, message) => {
    const { issues, routes } = compileRoutes(RoutingConfig.parse({ routes: [{ ...route, ...overrides }] }), [target]);
    expect(routes).toEqual([]);
    expect(issues).toEqual([{ path, message: expect.stringContaining(message) }]);
  });

  it("a repeated id", () => {
    const { issues } = compileRoutes(RoutingConfig.parse({ routes: [route, route] }), [target]);
    expect(issues).toEqual([{ path: ["routes", 1, "id"], message: "another route has the id notes" }]);
  });
});
