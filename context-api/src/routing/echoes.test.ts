import type { EventInput, RecordInput } from "@sidelight/model/records.ts";
import type { Action, Effect } from "@sidelight/platform-kit/action.ts";
import { success } from "@sidelight/platform-kit/outcome.ts";
import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { until } from "@sidelight/test-support/until.ts";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { RoutingConfig } from "../config/routing.ts";
import { openDeliveries } from "../deliveries/deliveryQueue.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { type Logs, openLogs } from "../log/testLogs.ts";
import { listAlerts } from "../store/tables/alerts.ts";
import { findConsumerOffset } from "../store/tables/consumerOffsets.ts";
import { createLogger } from "../telemetry/logger.ts";
import { compileRoutes } from "./routes.ts";
import { type Routing, startRouting } from "./routing.ts";
import { superviseNothing, testConnection } from "./testRouting.ts";

// Two platforms, `left` and `right`, with one deal each. A route writes the deal of the other platform.

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

type Side = "left" | "right";
type Fields = { name?: string | null; stage?: string | null; nextStep?: string | null };
const Input = z.strictObject({
  ref: z.string(),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
type Input = z.infer<typeof Input>;

const clock = manualClock(Date.parse("2026-11-21T12:00:00Z"));
let log: TenantLog;
let routing: Routing | null = null;
let deals: Record<string, Fields>;
let performed: Effect<Input>[];
/** Called while an effect is performed, before the platform answers. */
let whilePerforming: (effect: Effect<Input>) => Promise<void>;
/** What a platform makes of a written value. */
let normalize: (value: unknown) => unknown;

beforeEach(async () => {
  deals = { "left.deal:1": { name: "Deal" }, "right.deal:1": { name: "Deal" } };
  performed = [];
  whilePerforming = async () => {};
  normalize = (value) => value;
  log = await logs.newLog(clock.now);
});
afterEach(async () => {
  await routing?.stop();
  routing = null;
});

const set = (side: Side): Action<Input> => ({
  summary: "Sets fields of a deal",
  input: Input,
  batch: 10,
  purpose: "support",
  sameAs: ({ ref }) => ref,
  merge: (older, newer) => ({ ...newer, fields: { ...older.fields, ...newer.fields } }),
  writes: ({ ref, fields }) => [
    {
      object: `${side}.deal`,
      ref,
      isCreation: false,
      values: Object.fromEntries(Object.entries(fields).map(([k, v]) => [`/${k}`, v])),
    },
  ],
  async perform(effects) {
    for (const effect of effects) {
      performed.push(effect);
      const { ref, fields } = effect.input;
      deals[ref] = { ...deals[ref], ...Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, normalize(v)])) };
      await whilePerforming(effect);
    }
    return effects.map(({ input }) => success(input.ref));
  },
});

const create = (side: Side): Action<Input> => ({
  summary: "Creates a deal",
  input: Input,
  batch: 1,
  purpose: "support",
  sameAs: () => null,
  writes: () => [{ object: `${side}.deal`, ref: null, isCreation: true, values: {} }],
  async perform(effects) {
    for (const effect of effects) {
      performed.push(effect);
      deals[effect.input.ref] = effect.input.fields as Fields;
      await whilePerforming(effect);
    }
    return effects.map(({ input }) => success(input.ref));
  },
});

const connections = (["left", "right"] as const).map((side) =>
  testConnection(side, { set: set(side) as Action, create: create(side) as Action }, clock),
);

function start(routes: object[]): void {
  const config = RoutingConfig.parse({ routes });
  const compiled = compileRoutes(config, connections);
  expect(compiled.issues).toEqual([]);
  routing = startRouting({
    log,
    clock,
    logger: createLogger("silent"),
    connections,
    supervise: superviseNothing,
    routes: { ...compiled, settings: config.settings, version: "v1" },
    customerData: {
      forEvent: async (event: LoggedEvent) => ({
        event: { data: event.payload?.data, eventType: event.type } as never,
        read: async () => ({}),
      }),
      healthObjects: [],
      healthCustomer: async () => null,
      healthAt: async () => null,
      previousRecord: async (event: LoggedEvent) => {
        const [previous] = previousVersions.get(event.key) ?? [];
        return previous ?? null;
      },
      withdrawalOf: async () => null,
    } as never,
  });
}

/** Data of the version before the current one, by key. */
const previousVersions = new Map<string, unknown[]>();
let order = 0;

const recordOf = (ref: string, fields: Fields): RecordInput => {
  const [side = "", object = ""] = ref.split(/[.:]/);
  const data = {
    kind: "opportunity" as const,
    name: null,
    stage: null,
    amount: null,
    closeDate: null,
    nextStep: null,
    ...fields,
  };
  return {
    ...{ ref, platform: side, connection: side, object, subject: ref, identifiers: [], edges: [] },
    changedAt: clock.now(),
    order: ++order,
    observedAt: clock.now(),
    data: { ...data, state: "open", createdAt: null },
  };
};

/** A pull finds the deal as it is now. */
async function pull(ref: string): Promise<void> {
  const record = recordOf(ref, deals[ref] ?? {});
  const key = log.key(ref);
  const [latest] = previousVersions.get(`latest ${key}`) ?? [];
  previousVersions.set(key, latest === undefined ? [] : [latest]);
  previousVersions.set(`latest ${key}`, [record.data]);
  await log.commit({ records: [record], correlationId: "pull" });
}

/** A webhook reports a field, with its value. */
async function report(ref: string, field: string, value: unknown): Promise<void> {
  const [side = "", object = ""] = ref.split(/[.:]/);
  const event: EventInput = {
    ...{ type: `${side}.${object}.field_changed`, timestamp: clock.now(), platform: side, connection: side, object, ref },
    ...{ subject: ref, sourceIds: [`hook${++order}`], sourceEventId: null, record: null, interaction: null, isEcho: false },
    data: { field, value },
    reported: [{ field: `/${field}`, value }],
  };
  await log.commit({ events: [event], correlationId: "hook" });
}

/** A person changes a deal, and a pull finds it. */
async function change(ref: string, fields: Fields): Promise<void> {
  deals[ref] = { ...deals[ref], ...fields };
  await pull(ref);
}

async function settled(): Promise<void> {
  let quiet = 0;
  await until("all deliveries", async () => {
    clock.advance(50);
    const isRouted = ((await findConsumerOffset(log.store, "routing")) ?? 0) >= log.head();
    const waiting = await openDeliveries(log).list({ limit: 1, state: "waiting" });
    quiet = isRouted && waiting.length === 0 ? quiet + 1 : 0;
    return quiet > 2;
  });
}

const other = (side: Side): Side => (side === "left" ? "right" : "left");
const copyRoute = (from: Side, field: string, expression = `record.${field}`) => ({
  id: `${from}-${field}`,
  on: [`${from}.deal.updated`],
  to: other(from),
  do: "set",
  with: `{"ref": "${other(from)}.deal:1", "fields": {"${field}": ${expression}}}`,
});

describe("a change that a delivery wrote", () => {
  it("is not routed again when a pull finds it", async () => {
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    start([copyRoute("left", "stage"), copyRoute("right", "stage")]);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    clock.advance(60_000);
    await pull("right.deal:1");
    await settled();
    expect(performed.map(({ input }) => input)).toEqual([{ ref: "right.deal:1", fields: { stage: "Won" } }]);
  });

  it("is not routed again when its report arrives before the platform's answer", async () => {
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    start([copyRoute("left", "stage"), copyRoute("right", "stage")]);
    whilePerforming = ({ input }) => pull(input.ref);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    expect(performed).toHaveLength(1);
  });

  it("is not routed again after a restart", async () => {
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    start([copyRoute("left", "stage"), copyRoute("right", "stage")]);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    await routing!.stop();
    start([copyRoute("left", "stage"), copyRoute("right", "stage")]);
    await pull("right.deal:1");
    await settled();
    expect(performed).toHaveLength(1);
  });

  it.each<[string, unknown, (value: unknown) => unknown]>([
    ["trims it", "  Won ", (value) => String(value).trim()],
    ["writes a number as text", 1234.5, (value) => String(value)],
    ["adds decimals", 1234.5, () => "1234.50"],
    ["rounds it to two decimals", 12.3456, () => "12.35"],
    ["rounds it to a whole number", 12.5, () => "13"],
    ["writes tags in lower case", "Gold Plan", (value) => String(value).toLowerCase().replaceAll(" ", "_")],
    ["writes an instant in another form", "2026-11-21T09:00:00Z", () => "2026-11-21T09:00:00.000+0000"],
    ["writes an instant in another zone", "2026-11-21T09:00:00Z", () => "2026-11-21T10:00:00+01:00"],
    ["cuts an instant to its day", "2026-11-21T09:00:00.123Z", () => "2026-11-21"],
    ["keeps an instant without milliseconds", "2026-11-21T09:00:00.123Z", () => "2026-11-21T09:00:00Z"],
    ["writes a truth value as text", true, () => "1"],
    ["sorts the values of a list", "b;a;c", () => "a;b;c"],
    ["writes an address in lower case", "Ada@Acme.com", () => "ada@acme.com"],
    ["changes line ends", "a\r\nb", () => "a\nb"],
    ["empties it", null, () => ""],
  ])("is recognized when the platform %s", async (_, value, platformForm) => {
    deals["right.deal:1"] = { name: "Deal", stage: "Old" };
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    normalize = platformForm;
    start([copyRoute("left", "stage", JSON.stringify(value)), copyRoute("right", "stage")]);
    await change("left.deal:1", { nextStep: "call", stage: "Any" });
    await settled();
    await pull("right.deal:1");
    await settled();
    expect(performed.map(({ input }) => input.ref)).toEqual(["right.deal:1"]);
  });

  it("is recognized by the value that a webhook reports", async () => {
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    const back = { id: "back", on: "right.deal.field_changed", to: "left", do: "set" };
    start([copyRoute("left", "stage"), { ...back, with: '{"ref": "left.deal:1", "fields": {"stage": event.data.value}}' }]);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    await report("right.deal:1", "stage", "Won");
    await settled();
    expect(performed).toHaveLength(1);
    await report("right.deal:1", "stage", "Lost");
    await settled();
    expect(performed.map(({ input }) => input.fields["stage"])).toEqual(["Won", "Lost"]);
  });
});

describe("an object that a delivery created", () => {
  const creation = { id: "create", on: "left.deal.updated", to: "right", do: "create" };
  const created = { id: "created", on: "right.deal.created", to: "left", do: "set" };
  const routes = [
    { ...creation, with: '{"ref": "right.deal:2", "fields": {"name": record.stage}}' },
    { ...created, with: '{"ref": "left.deal:1", "fields": {"nextStep": "made"}}' },
  ];
  const hook = (ref: string): EventInput => ({
    ...{ type: "right.deal.created", timestamp: clock.now(), platform: "right", connection: "right", object: "deal", ref },
    ...{ subject: ref, sourceIds: [`created${++order}`], sourceEventId: null, interaction: null, isEcho: false, data: {} },
    record: recordOf(ref, deals[ref] ?? {}),
  });

  it("is not routed when it is reported, and one that a person created at the same time is", async () => {
    await pull("left.deal:1");
    start(routes);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    await log.commit({ events: [hook("right.deal:2"), hook("right.deal:3")], correlationId: "hook" });
    await settled();
    expect(performed.map(({ input }) => input.ref)).toEqual(["right.deal:2", "left.deal:1"]);
  });

  it("is not routed when it is reported before the platform's answer to our call", async () => {
    await pull("left.deal:1");
    start(routes);
    whilePerforming = async ({ input }) => {
      if (input.ref === "right.deal:2") await log.commit({ events: [hook(input.ref)], correlationId: "hook" });
      // The router sees the event while the call is in progress.
      await clock.sleep(500);
    };
    await change("left.deal:1", { stage: "Won" });
    await settled();
    expect(performed.map(({ input }) => input.ref)).toEqual(["right.deal:2"]);
  });
});

describe("a change of a person at the same time", () => {
  const watched = [
    copyRoute("left", "stage"),
    {
      ...copyRoute("right", "stage"),
      id: "all",
      with: '{"ref": "left.deal:1", "fields": {"stage": record.stage, "nextStep": record.nextStep}}',
    },
  ];

  it("of another field of the same object is routed", async () => {
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    start(watched);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    await change("right.deal:1", { nextStep: "call" });
    await settled();
    expect(performed.at(-1)?.input).toEqual({ ref: "left.deal:1", fields: { stage: "Won", nextStep: "call" } });
  });

  it("does not fire a route that maps only what we wrote", async () => {
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    start([copyRoute("left", "stage"), copyRoute("right", "stage")]);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    await change("right.deal:1", { nextStep: "call" });
    await settled();
    expect(performed).toHaveLength(1);
  });

  it("of the same field to another value is routed, and the change back to ours too", async () => {
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    start([copyRoute("left", "stage"), copyRoute("right", "stage")]);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    await pull("right.deal:1");
    clock.advance(60_000);
    await change("right.deal:1", { stage: "Lost" });
    await settled();
    clock.advance(60_000);
    await change("right.deal:1", { stage: "Won" });
    await settled();
    expect(performed.map(({ input }) => `${input.ref} ${input.fields["stage"]}`)).toEqual([
      "right.deal:1 Won",
      "left.deal:1 Lost",
      "left.deal:1 Won",
    ]);
  });

  it("to the value that we wrote days ago is routed", async () => {
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    start([copyRoute("left", "stage"), copyRoute("right", "stage")]);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    await pull("right.deal:1");
    clock.advance(4 * 86_400_000);
    await change("right.deal:1", { stage: "Lost" });
    await change("right.deal:1", { stage: "Won" });
    await settled();
    expect(performed.at(-1)?.input).toEqual({ ref: "left.deal:1", fields: { stage: "Won" } });
  });
});

describe("two opposite routes", () => {
  const fieldNames = ["name", "stage", "nextStep"] as const;
  const expressions = (field: string) => [`record.${field}`, `$uppercase(record.${field})`, `record.${field} & "!"`, '"fixed"'];
  const arbitraryRoutes = fc.record({
    left: fc.record({ field: fc.constantFrom(...fieldNames), expression: fc.nat(3) }),
    right: fc.record({ field: fc.constantFrom(...fieldNames), expression: fc.nat(3) }),
    changes: fc.array(
      fc.record({
        side: fc.constantFrom<Side>("left", "right"),
        field: fc.constantFrom(...fieldNames),
        value: fc.constantFrom("a", "B", "3.50", " c ", "2026-11-21", "x;y"),
        pulls: fc.array(fc.constantFrom<Side>("left", "right"), { maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  });

  it("do not cause each other, whatever they map and change", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRoutes, async ({ left, right, changes }) => {
        await routing?.stop();
        previousVersions.clear();
        log = await logs.newLog(clock.now);
        performed = [];
        deals = { "left.deal:1": { name: "Deal" }, "right.deal:1": { name: "Deal" } };
        normalize = (value) => (typeof value === "string" ? value.trim() : value);
        await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
        start([
          copyRoute("left", left.field, expressions(left.field)[left.expression]),
          copyRoute("right", right.field, expressions(right.field)[right.expression]),
        ]);
        for (const { side, field, value, pulls } of changes) {
          await change(`${side}.deal:1`, { [field]: value });
          await settled();
          for (const pulled of pulls) await pull(`${pulled}.deal:1`);
        }
        for (let round = 0; round < 6; round++) {
          await settled();
          await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
        }
        await settled();
        expect(performed.length).toBeLessThanOrEqual(changes.length);
      }),
      { numRuns: 15 },
    );
  });

  it("that react to a consequence of each other's writes stop after some deliveries", async () => {
    // A cohort of the platform follows a property that the other route sets and unsets.
    start([
      {
        id: "entered",
        on: "left.deal.cohort_entered",
        to: "left",
        do: "set",
        with: '{"ref": "left.deal:1", "fields": {"stage": "in"}}',
      },
      {
        id: "exited",
        on: "left.deal.cohort_left",
        to: "left",
        do: "set",
        with: '{"ref": "left.deal:1", "fields": {"stage": "out"}}',
      },
    ]);
    const membership = (what: string): EventInput => ({
      ...{ type: `left.deal.cohort_${what}`, timestamp: clock.now(), platform: "left", connection: "left", object: "deal" },
      ...{ ref: "left.deal:1", subject: "left.deal:1", sourceIds: [`cohort${++order}`], sourceEventId: null },
      ...{ interaction: null, data: {}, isEcho: false },
      record: recordOf("left.membership:1", { name: what }),
    });
    for (let round = 0; round < 30; round++) {
      await log.commit({ events: [membership(round % 2 === 0 ? "entered" : "left")], correlationId: "hook" });
      await settled();
      clock.advance(30 * 60_000);
    }
    expect(performed.length).toBeGreaterThan(1);
    expect(performed.length).toBeLessThan(12);
    expect(await listAlerts(log.store, { limit: 10, offset: 0 })).toContainEqual(expect.objectContaining({ kind: "route_loop" }));
  });

  it("that react to an automation of the platform stop after some deliveries", async () => {
    start([
      {
        id: "react",
        on: "left.deal.field_changed",
        to: "left",
        do: "set",
        with: '{"ref": "left.deal:1", "fields": {"stage": event.data.value}}',
      },
    ]);
    for (let round = 0; round < 30; round++) {
      // The automation reacts to each write with another value of another field.
      await report("left.deal:1", "nextStep", `step ${round}`);
      await settled();
      clock.advance(2_000);
    }
    expect(performed.length).toBeLessThan(12);
  });

  it("do not stop a person who changes an object again and again", async () => {
    start([
      {
        id: "react",
        on: "left.deal.field_changed",
        to: "left",
        do: "set",
        with: '{"ref": "left.deal:1", "fields": {"stage": event.data.value}}',
      },
    ]);
    for (let round = 0; round < 20; round++) {
      await report("left.deal:1", "nextStep", `step ${round}`);
      await settled();
      clock.advance(5 * 60_000);
    }
    expect(performed.length).toBe(20);
  });
});
