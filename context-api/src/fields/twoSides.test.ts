import type { FieldValue, RecordInput } from "@sidelight/model/records.ts";
import type { Action } from "@sidelight/platform-kit/action.ts";
import { success } from "@sidelight/platform-kit/outcome.ts";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import type { FieldDefinition } from "../config/fields.ts";
import type { Connection } from "../connections/connections.ts";
import type { NewDelivery } from "../deliveries/deliveryQueue.ts";
import { type Attempt, attemptStatements, writtenStatements } from "../deliveries/writtenValues.ts";
import { listEvents } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { openReader } from "../log/reader.ts";
import { type Logs, openLogs } from "../log/testLogs.ts";
import { valueHash } from "../security/keyring.ts";
import type { FieldTools } from "./fieldTools.ts";
import { reconcile } from "./reconcile.ts";

// Two platforms keep two fields of one person, with opposite owners. Reports of changes are delayed, repeated, reordered and lost by
// chance, and writes arrive at any time. What was lost is pulled at the end.

type Side = "left" | "right";
type Field = "title" | "region";
const sides: readonly Side[] = ["left", "right"];
const fields: readonly Field[] = ["title", "region"];
const refOf = (side: Side) => `${side}.contact:1`;

const Input = z.strictObject({ field: z.string(), value: z.union([z.string(), z.null()]) });
const setField = (side: Side): Action => ({
  summary: "Sets a field",
  input: Input,
  batch: 1,
  sameAs: () => refOf(side),
  writes: (input) => {
    const { field, value } = input as z.infer<typeof Input>;
    return [{ object: `${side}.contact`, ref: refOf(side), isCreation: false, values: { [`/fields/${field}`]: value } }];
  },
  perform: async (effects) => effects.map(() => success(refOf(side))),
});

const definition = (name: Field, owner: Side, rule: FieldDefinition["rule"]): FieldDefinition => ({
  ...{ name, owner, rule, kind: "person", direction: "two-way", type: "text", purpose: null, enabled: true },
  platforms: { left: name, right: name },
});

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

/** One person at two platforms. */
async function openWorld(rule: FieldDefinition["rule"]) {
  const clock = { ms: 1_000_000_000, now: () => clock.ms };
  const log = await logs.newLog(clock.now);
  const values: Record<Side, { changedAt: number; fields: Record<Field, string | null> }> = {
    left: { changedAt: clock.ms, fields: { title: "first", region: "first" } },
    right: { changedAt: clock.ms, fields: { title: "first", region: "first" } },
  };
  const reports: RecordInput[] = [];
  const writes: Record<Side, NewDelivery[]> = { left: [], right: [] };
  const writeCounts: Record<Field, number> = { title: 0, region: 0 };
  const tools = toolsOf(log, clock, rule);

  const recordOf = (side: Side): RecordInput => ({
    ...{ ref: refOf(side), platform: side, connection: side, object: "contact", subject: refOf(side), edges: [] },
    ...{ changedAt: values[side].changedAt, observedAt: clock.ms, identifiers: [{ kind: "email", value: "ada@acme.example" }] },
    data: {
      kind: "person",
      name: null,
      emails: [],
      phones: [],
      title: null,
      optedOut: false,
      fields: { ...values[side].fields },
    },
  });

  async function receive(record: RecordInput): Promise<void> {
    await log.commit({ records: [record], correlationId: "test" });
    const nodes = await openReader(log).nodesOf([log.key(record.ref)]);
    const { events, statements, deliveries } = await reconcile(tools, new Set(nodes.values()));
    await log.commit({ events, statements, correlationId: "fields" });
    for (const delivery of deliveries) writes[delivery.target as Side].push(delivery);
  }

  /** The oldest write that waits arrives at its platform. */
  async function arrive(side: Side, isReported: boolean): Promise<void> {
    const delivery = writes[side].shift();
    if (!delivery) return;
    const input = delivery.input as z.infer<typeof Input>;
    const effect = { id: delivery.id, input, at: clock.ms };
    const attempt: Attempt = { target: side, effect, writes: setField(side).writes?.(input) ?? [], hops: 0, sentAt: clock.ms };
    await log.commit({ statements: attemptStatements(log, attempt), correlationId: "test" });
    set(side, input.field as Field, input.value, isReported);
    writeCounts[input.field as Field] += 1;
    const outcome = writtenStatements(log, attempt, success(refOf(side)), clock.ms);
    await log.commit({ statements: outcome, correlationId: "test" });
  }

  function set(side: Side, field: Field, value: string | null, isReported: boolean): void {
    clock.ms += 1_000;
    values[side] = { changedAt: clock.ms, fields: { ...values[side].fields, [field]: value } };
    if (isReported) reports.push(recordOf(side));
  }

  return { clock, log, values, reports, writes, writeCounts, recordOf, receive, arrive, set };
}

function toolsOf(log: TenantLog, clock: { now(): number }, rule: FieldDefinition["rule"]): FieldTools {
  const access = {
    object: "contact",
    action: "set",
    input: (_: string, field: string, value: FieldValue) => ({ field, value }),
    problemOf: () => null,
  };
  const platform = (side: Side) => ({ name: side, label: side, fields: { person: access, presets: {} } });
  return {
    ...{ log, clock, configVersion: "v1", rank: () => 0, consent: { withdrawalOf: async () => null } },
    connections: sides.map((id) => ({ id, connector: { actions: { set: setField(id) } } }) as unknown as Connection),
    platforms: new Map(sides.map((side) => [side, platform(side)])) as unknown as FieldTools["platforms"],
    definitions: [definition("title", "left", rule), definition("region", "right", rule)],
    textOf: (value) => valueHash(log.keys, String(value ?? "")),
  };
}

const side = fc.constantFrom(...sides);
const step = fc.oneof(
  fc.record({ do: fc.constant("change" as const), side, field: fc.constantFrom(...fields), isReported: fc.boolean() }),
  fc.record({ do: fc.constant("report" as const), index: fc.nat(20), isRepeated: fc.boolean() }),
  fc.record({ do: fc.constant("arrive" as const), side, isReported: fc.boolean() }),
  fc.record({ do: fc.constant("wait" as const), minutes: fc.nat(30) }),
);

it("two opposite two-way fields settle to one value, with at most one write to each platform for a change, and a decision for it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("newest" as const, "authority" as const),
      fc.array(step, { maxLength: 30 }),
      async (rule, steps) => {
        const world = await openWorld(rule);
        const { clock, reports, writes, values } = world;
        for (const each of sides) await world.receive(world.recordOf(each));
        const changes: Record<Field, number> = { title: 0, region: 0 };
        for (const next of steps) {
          if (next.do === "wait") clock.ms += next.minutes * 60_000;
          else if (next.do === "arrive") await world.arrive(next.side, next.isReported);
          else if (next.do === "change") {
            changes[next.field] += 1;
            const value = changes[next.field] % 5 === 0 ? null : `${next.side} ${changes[next.field]}`;
            world.set(next.side, next.field, value, next.isReported);
          } else if (reports.length > 0) {
            const index = next.index % reports.length;
            const [report] = next.isRepeated ? [reports[index]] : reports.splice(index, 1);
            if (report) await world.receive(report);
          }
        }
        // Pulls find what was lost, until nothing is left to do.
        for (let round = 0; round < 20; round++) {
          clock.ms += 60_000;
          for (const each of sides) await world.receive(world.recordOf(each));
          for (const each of sides) while (writes[each].length > 0) await world.arrive(each, false);
        }
        expect(values.left.fields).toEqual(values.right.fields);
        for (const field of fields) expect(world.writeCounts[field]).toBeLessThanOrEqual(2 * changes[field]);
        const decisions = await listEvents(world.log, { limit: 500, beforeSequence: null, platform: "sidelight" });
        for (const field of fields) {
          const [last] = decisions.filter(({ payload }) => payload?.data["field"] === field);
          if (world.writeCounts[field] > 0) expect(last?.payload?.data["value"] ?? null).toBe(values.left.fields[field]);
        }
      },
    ),
    { numRuns: 12 },
  );
});
