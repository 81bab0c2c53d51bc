import { sql } from "kysely";
import { queriesOf } from "../queries.ts";
import type { UsageTotalsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

// What was delivered, and answered without a call, by the hour. Instants are epoch ms.

export type UsageTotal = Omit<UsageTotalsTable, "tenant">;

const hourMs = 3_600_000;
export const hourOf = (instant: number): number => instant - (instant % hourMs);

/** Adds to the totals. @param rows no two of one key */
export const addUsageTotals = (store: TenantStore, rows: UsageTotal[]): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("usage_totals", rows)
      .onConflict((c) =>
        c.columns(["tenant", "hour", "kind", "connection", "name", "route", "customer_tier"]).doUpdateSet({
          records: sql<number>`usage_totals.records + excluded.records`,
          events: sql<number>`usage_totals.events + excluded.events`,
          calls: sql<number>`usage_totals.calls + excluded.calls`,
        }),
      ),
  );

export interface HourRange {
  from: number;
  /** Not part of it. */
  to: number;
}

/** Sums of the hours that start in a period. */
export async function sumUsageTotals(store: TenantStore, { from, to }: HourRange): Promise<Omit<UsageTotal, "hour">[]> {
  const rows = await queriesOf(store)
    .from("usage_totals")
    .select((e) => [
      ...(["kind", "connection", "name", "route", "customer_tier"] as const),
      e.fn.sum<number>("records").as("records"),
      e.fn.sum<number>("events").as("events"),
      e.fn.sum<number>("calls").as("calls"),
    ])
    .where("hour", ">=", from)
    .where("hour", "<", to)
    .groupBy(["kind", "connection", "name", "route", "customer_tier"])
    .execute();
  return rows.map(({ records, events, calls, ...row }) => ({
    ...row,
    records: Number(records),
    events: Number(events),
    calls: Number(calls),
  }));
}

export interface CallSum {
  connection: string;
  operation: string;
  /** `2xx`, `429`, `none`, … */
  status_class: string;
  cause: string;
  customer_tier: string;
  calls: number;
}

/** Sums of the calls in the hours that start in a period. */
export async function sumCallTotals(store: TenantStore, { from, to }: HourRange): Promise<CallSum[]> {
  const rows = await queriesOf(store)
    .from("call_totals")
    .select((e) => [
      ...(["connection", "operation", "status_class", "cause", "customer_tier"] as const),
      e.fn.sum<number>("calls").as("calls"),
    ])
    .where("hour", ">=", from)
    .where("hour", "<", to)
    .groupBy(["connection", "operation", "status_class", "cause", "customer_tier"])
    .execute();
  return rows.map((row) => ({ ...row, calls: Number(row.calls) }));
}

/** The first hour with a total; null before it. */
export async function firstTotalHour(store: TenantStore): Promise<number | null> {
  const first = async (table: "usage_totals" | "call_totals") =>
    (await queriesOf(store).from(table).select("hour").orderBy("hour").limit(1).executeTakeFirst())?.hour;
  const hours = (await Promise.all([first("usage_totals"), first("call_totals")])).flatMap((hour) => hour ?? []);
  return hours.length === 0 ? null : Math.min(...hours.map(Number));
}

export const deleteUsageTotals = (store: TenantStore, endsAt: number): Statement =>
  toStatement(queriesOf(store).deleteFrom("usage_totals").where("hour", "<", endsAt));
