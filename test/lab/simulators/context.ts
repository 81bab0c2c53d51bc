import type { Secrets } from "../world/store.ts";
import type { Table } from "../world/table.ts";
import type { TenantWorld } from "../world/tenant.ts";
import { iso } from "../world/time.ts";
import type { Effect, SObject } from "../world/types.ts";
import type { Clock } from "./clock.ts";

/** Limits of each platform's plan. Defaults: Zendesk Enterprise, Salesforce Enterprise, Mixpanel Growth. */
export interface Limits {
  salesforce: {
    dailyRequests: number;
    tokenSeconds: number;
    batchSize: number;
    /** Duplicate rules by object: `alert` refuses a call that does not acknowledge the alert, `block` refuses any. */
    duplicateRules: Partial<Record<SObject, "alert" | "block">>;
  };
  zendesk: {
    requestsPerMinute: number;
    exportsPerMinute: number;
    ticketUpdatesPerMinute: number;
    updatesPerTicket: number;
    tokenSeconds: number;
    /** Incremental exports omit changes of the last N seconds. */
    exportLagSeconds: number;
    /** Records in a page of an export at most. */
    exportPageSize: number;
    /** Seconds until a bulk job reports that it is completed. */
    jobSeconds: number;
  };
  mixpanel: {
    queriesPerHour: number;
    concurrentQueries: number;
    exportsPerHour: number;
    exportsPerSecond: number;
    timeZone: string;
  };
}

export const DEFAULT_LIMITS: Limits = {
  salesforce: {
    dailyRequests: 100_000,
    tokenSeconds: 900,
    batchSize: 2_000,
    duplicateRules: { Contact: "alert", Lead: "alert" },
  },
  zendesk: {
    requestsPerMinute: 700,
    exportsPerMinute: 10,
    ticketUpdatesPerMinute: 100,
    updatesPerTicket: 30,
    tokenSeconds: 1_800,
    exportLagSeconds: 60,
    exportPageSize: 1_000,
    jobSeconds: 0,
  },
  mixpanel: { queriesPerHour: 60, concurrentQueries: 5, exportsPerHour: 60, exportsPerSecond: 3, timeZone: "UTC" },
};

export interface Context {
  world: TenantWorld;
  secrets: Secrets;
  limits: Limits;
  clock: Clock;
  /** The simulator's own base URL, valid after it listens. */
  url: () => string;
}

export const nowIso = (ctx: Context): string => iso(ctx.clock.now());

/** Records a client's write. Call it inside `world.change`. */
export function recordEffect(
  ctx: Context,
  effects: Table<Effect>,
  object: string,
  id: string,
  fields: Record<string, unknown>,
  operation: "create" | "update" | "delete",
): void {
  const key = `${object}:${id}`;
  const previous = effects.get(key);
  effects.put({
    key,
    object,
    id,
    created: previous?.created ?? operation === "create",
    deleted: operation === "delete",
    writes: (previous?.writes ?? 0) + 1,
    fields: { ...previous?.fields, ...fields },
    at: new Date(ctx.clock.now()).toISOString(),
  });
}

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json;charset=UTF-8", ...headers } });
