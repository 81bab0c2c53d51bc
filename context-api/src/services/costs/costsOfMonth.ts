import type { Costs } from "@sidelight/contracts/costs/costs.ts";
import type { Tenant } from "../../context/tenant.ts";
import { isCharged, isMetered, type MeasuredConnection, type MeasuredCosts, measureCosts } from "../../costs/measureCosts.ts";
import { roundAmount } from "../../costs/price.ts";
import { iso, isoOrNull } from "../instant.ts";

const maxParts = 50;
/** Answers that asked no platform. */
const tiersWithoutCall: ReadonlySet<string> = new Set(["memory", "redis", "store"]);

/** The costs of a month of a tenant. @param atInstant an instant in the month, epoch ms; now when left out */
export async function costsOfMonth({ id, log, connections, config, clock }: Tenant, atInstant?: number): Promise<Costs> {
  const now = clock.now();
  const { costs, timeZone } = config;
  const measurement = await measureCosts({
    store: log.store,
    connections,
    costs,
    timeZone,
    now,
    ...(atInstant === undefined ? {} : { at: atInstant }),
  });
  const { month, since } = measurement;
  const parts = partsOf(measurement);
  return {
    tenant: id,
    month: month.name,
    timeZone,
    from: iso(month.startsAt),
    to: iso(month.endsAt),
    asOf: iso(now),
    since: isoOrNull(since),
    totals: measurement.totals,
    connections: measurement.connections.map(({ connection, ...values }) => ({
      connection: connection.id,
      platform: connection.platform.name,
      ...values,
    })),
    operations: sumParts(parts, ({ operation }) => ({ operation }), measurement),
    causes: sumParts(parts, ({ cause }) => cause, measurement),
    tiers: tiersOf(parts),
    savings: { cache: cacheSavings(measurement), batching: batchingSavings(measurement) },
  };
}

type Cause = Pick<Costs["causes"][number], "kind" | "name">;

/** Calls or events that one thing used. */
interface Part {
  connection: string;
  operation: string;
  cause: Cause;
  tier: string | null;
  calls: number;
  events: number;
  units: number;
}

function partsOf({ calls, usage, connections }: MeasuredCosts): Part[] {
  const byId = new Map(connections.map((measurement) => [measurement.connection.id, measurement]));
  const unitOf = (id: string) => byId.get(id)?.unit;
  const ofCalls = calls.filter(isCharged).map(
    (row): Part => ({
      connection: row.connection,
      operation: row.operation,
      cause: causeOf(row.cause),
      tier: row.customer_tier || null,
      calls: row.calls,
      events: 0,
      units: unitOf(row.connection) === "call" ? row.calls : 0,
    }),
  );
  const deliveries = usage.filter(({ kind, events }) => kind === "delivery" && events > 0);
  const ofEvents = deliveries.map(({ connection, name, route, customer_tier, events }): Part => {
    const connector = byId.get(connection)?.connection.connector;
    const isUnit = unitOf(connection) === "event" && connector !== undefined && isMetered(connector, name);
    const cause: Cause = { kind: "route", name: route };
    return { connection, operation: name, cause, tier: customer_tier || null, calls: 0, events, units: isUnit ? events : 0 };
  });
  return [...ofCalls, ...ofEvents];
}

const causeKinds = ["route", "action", "stream", "read", "webhook"] as const;

function causeOf(text: string): Cause {
  const end = text.indexOf(":");
  const [kind, name] = end < 0 ? [text, ""] : [text.slice(0, end), text.slice(end + 1)];
  return { kind: causeKinds.find((candidate) => candidate === kind) ?? "other", name };
}

/** The parts by what they have in common, largest first, each with its share of the units and of their price. */
function sumParts<T extends object>(
  parts: readonly Part[],
  nameOf: (part: Part) => T,
  { connections }: MeasuredCosts,
): (T & { connection: string; calls: number; events: number; share: number; amount: number | null })[] {
  const groups = Map.groupBy(parts, (part) => JSON.stringify([part.connection, nameOf(part)]));
  const sums = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { connection } = first;
    const units = sum(group, "units");
    const measurement = connections.find((candidate) => candidate.connection.id === connection);
    const share = measurement && measurement.units > 0 ? Math.min(1, units / measurement.units) : 0;
    const values = { calls: sum(group, "calls"), events: sum(group, "events"), share, amount: shareOfPrice(measurement, share) };
    return [{ connection, ...nameOf(first), ...values }];
  });
  return sums.sort((a, b) => b.calls + b.events - (a.calls + a.events)).slice(0, maxParts);
}

const shareOfPrice = (measurement: MeasuredConnection | undefined, share: number): number | null =>
  measurement?.amount ? roundAmount(measurement.amount.variable * share) : null;

const sum = <Name extends string>(rows: readonly Record<Name, number>[], name: Name): number =>
  rows.reduce((total, row) => total + row[name], 0);

function tiersOf(parts: readonly Part[]): Costs["tiers"] {
  return [...Map.groupBy(parts, ({ tier }) => tier)]
    .map(([tier, group]) => ({ tier, calls: sum(group, "calls"), events: sum(group, "events") }))
    .sort((a, b) => b.calls + b.events - (a.calls + a.events));
}

function cacheSavings({ usage }: MeasuredCosts): Costs["savings"]["cache"] {
  const rows = usage.filter(({ kind }) => kind === "answer");
  return {
    answers: sum(rows, "records"),
    withoutCall: sum(
      rows.filter(({ name }) => tiersWithoutCall.has(name)),
      "records",
    ),
    callsSaved: sum(rows, "events"),
    tiers: rows.map(({ name, records, events }) => ({ tier: name, answers: records, callsSaved: events })),
  };
}

function batchingSavings({ usage }: MeasuredCosts): Costs["savings"]["batching"] {
  const rows = usage.filter(({ kind }) => kind === "delivery");
  return [...Map.groupBy(rows, ({ connection, name }) => JSON.stringify([connection, name])).values()].flatMap((group) => {
    const [first] = group;
    const batches = sum(group, "calls");
    if (!first || batches === 0) return [];
    const [deliveries, events] = [sum(group, "records"), sum(group, "events")];
    const perBatch = Math.round((events / batches) * 100) / 100;
    const callsSaved = Math.max(0, deliveries - batches);
    return [{ connection: first.connection, action: first.name, deliveries, events, batches, perBatch, callsSaved }];
  });
}
