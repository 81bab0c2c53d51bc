import type { Clock } from "@sidelight/model/clock.ts";
import type { EventInput, RecordInput } from "@sidelight/model/records.ts";
import type { Action, Effect } from "@sidelight/platform-kit/action.ts";
import { success } from "@sidelight/platform-kit/outcome.ts";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { z } from "zod";
import { RoutingConfig } from "../config/routing.ts";
import { openDeliveries } from "../deliveries/deliveryQueue.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { type Logs, openLogs } from "../log/testLogs.ts";
import { findConsumerOffset } from "../store/tables/consumerOffsets.ts";
import { createLogger } from "../telemetry/logger.ts";
import { compileRoutes } from "./routes.ts";
import { type Routing, startRouting } from "./routing.ts";
import { superviseNothing, testConnection } from "./testRouting.ts";

// Two platforms, `left` and `right`, with one deal each. A route writes the deal of the other platform.

export type Side = "left" | "right";
type Fields = { name?: string | null; stage?: string | null; nextStep?: string | null };
const Input = z.strictObject({
  ref: z.string(),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
type Input = z.infer<typeof Input>;

/** What the tests bring: a package uses test-support in its tests only. */
interface TestTools {
  clock: Clock & { advance(ms: number): void };
  until(label: string, isTrue: () => Promise<boolean>): Promise<unknown>;
}

interface Bench extends TestTools {
  logs: Logs;
  log: TenantLog;
  routing: Routing | null;
  deals: Record<string, Fields>;
  performedEffects: Effect<Input>[];
  /** Called while an effect is performed, before the platform answers. */
  whilePerforming: (effect: Effect<Input>) => Promise<void>;
  /** What a platform makes of a written value. */
  normalize: (value: unknown) => unknown;
}

/** What the tests of a file share. */
export const bench = {} as Bench;

/** Starts each test with an empty log and two deals. */
export async function reset(): Promise<void> {
  await bench.routing?.stop();
  previousVersions.clear();
  Object.assign(bench, {
    log: await bench.logs.newLog(bench.clock.now),
    routing: null,
    deals: { "left.deal:1": { name: "Deal" }, "right.deal:1": { name: "Deal" } },
    performedEffects: [],
    whilePerforming: async () => {},
    normalize: (value: unknown) => value,
  });
}

/** Opens the logs of a file's tests. */
export function useEchoBench(tools: TestTools): void {
  Object.assign(bench, tools);
  beforeAll(async () => {
    bench.logs = await openLogs();
  });
  afterAll(() => bench.logs.close());
  beforeEach(reset);
  afterEach(async () => {
    await bench.routing?.stop();
    bench.routing = null;
  });
}

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
      bench.performedEffects.push(effect);
      const { ref, fields } = effect.input;
      bench.deals[ref] = {
        ...bench.deals[ref],
        ...Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, bench.normalize(v)])),
      };
      await bench.whilePerforming(effect);
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
      bench.performedEffects.push(effect);
      bench.deals[effect.input.ref] = effect.input.fields as Fields;
      await bench.whilePerforming(effect);
    }
    return effects.map(({ input }) => success(input.ref));
  },
});

const openConnections = () =>
  (["left", "right"] as const).map((side) =>
    testConnection(side, { set: set(side) as Action, create: create(side) as Action }, bench.clock),
  );

export function start(routes: object[]): void {
  const config = RoutingConfig.parse({ routes });
  const connections = openConnections();
  const compiled = compileRoutes(config, connections);
  expect(compiled.issues).toEqual([]);
  bench.routing = startRouting({
    log: bench.log,
    clock: bench.clock,
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
      prefetchConsent: async () => {},
    } as never,
  });
}

/** Data of the version before the current one, by key. */
export const previousVersions = new Map<string, unknown[]>();
let order = 0;
/** A number that no earlier one was. */
export const nextNumber = (): number => ++order;

export const recordOf = (ref: string, fields: Fields): RecordInput => {
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
    changedAt: bench.clock.now(),
    order: ++order,
    observedAt: bench.clock.now(),
    data: { ...data, state: "open", createdAt: null },
  };
};

/** A pull finds the deal as it is now. */
export async function pull(ref: string): Promise<void> {
  const record = recordOf(ref, bench.deals[ref] ?? {});
  const key = bench.log.key(ref);
  const [latest] = previousVersions.get(`latest ${key}`) ?? [];
  previousVersions.set(key, latest === undefined ? [] : [latest]);
  previousVersions.set(`latest ${key}`, [record.data]);
  await bench.log.commit({ records: [record], correlationId: "pull" });
}

/** A webhook reports a field, with its value. */
export async function report(ref: string, field: string, value: unknown): Promise<void> {
  const [side = "", object = ""] = ref.split(/[.:]/);
  const event: EventInput = {
    ...{ type: `${side}.${object}.field_changed`, timestamp: bench.clock.now(), platform: side, connection: side, object, ref },
    ...{ subject: ref, sourceIds: [`hook${++order}`], sourceEventId: null, record: null, interaction: null, isEcho: false },
    data: { field, value },
    reported: [{ field: `/${field}`, value }],
  };
  await bench.log.commit({ events: [event], correlationId: "hook" });
}

/** A person changes a deal, and a pull finds it. */
export async function change(ref: string, fields: Fields): Promise<void> {
  bench.deals[ref] = { ...bench.deals[ref], ...fields };
  await pull(ref);
}

export async function settled(): Promise<void> {
  let quiet = 0;
  await bench.until("all deliveries", async () => {
    bench.clock.advance(50);
    const isRouted = ((await findConsumerOffset(bench.log.store, "routing")) ?? 0) >= bench.log.head();
    const waitingDeliveries = await openDeliveries(bench.log).list({ limit: 1, state: "waiting" });
    quiet = isRouted && waitingDeliveries.length === 0 ? quiet + 1 : 0;
    return quiet > 2;
  });
}

const otherSide = (side: Side): Side => (side === "left" ? "right" : "left");
export const copyRoute = (from: Side, field: string, expression = `record.${field}`) => ({
  id: `${from}-${field}`,
  on: [`${from}.deal.updated`],
  to: otherSide(from),
  do: "set",
  with: `{"ref": "${otherSide(from)}.deal:1", "fields": {"${field}": ${expression}}}`,
});
