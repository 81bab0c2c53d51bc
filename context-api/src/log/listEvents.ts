import { unseal } from "../security/seal.ts";
import type { EventsTable } from "../store/schema.ts";
import { dataKeysOf } from "./dataKeys.ts";
import type { TenantLog } from "./log.ts";
import { type EventPayload, readPayload } from "./payload.ts";

/** An event as it stands in the log, opened. The payload is null where its subject was erased, or retention let go of it. */
export type LoggedEvent = Omit<EventsTable, "payload"> & { payload: EventPayload | null };

export interface EventFilter {
  limit: number;
  /** Only older than this sequence. */
  before: number | null;
  platform?: string | undefined;
  type?: string | undefined;
  /** Received no earlier, epoch ms. */
  since?: number | undefined;
}

/** Events, newest first. */
export async function listEvents(log: TenantLog, { limit, before, platform, type, since }: EventFilter): Promise<LoggedEvent[]> {
  let query = log.store.from("events").selectAll().orderBy("sequence", "desc").limit(limit);
  if (before !== null) query = query.where("sequence", "<", before);
  if (platform !== undefined) query = query.where("platform", "=", platform);
  if (type !== undefined) query = query.where("type", "=", type);
  if (since !== undefined) query = query.where("received_at", ">=", since);
  return await opened(log, await query.execute());
}

/** Events after a sequence, oldest first. @param objects only of these, by the names that platforms give them; of all when left out */
export async function listEventsAfter(
  log: TenantLog,
  sequence: number,
  limit: number,
  objects?: readonly string[],
): Promise<LoggedEvent[]> {
  let query = log.store.from("events").selectAll().where("sequence", ">", sequence).orderBy("sequence").limit(limit);
  if (objects) query = query.where("object", "in", [...objects]);
  return await opened(log, await query.execute());
}

export async function findEvent(log: TenantLog, eventId: string): Promise<LoggedEvent | null> {
  const rows = await log.store.from("events").selectAll().where("event_id", "=", eventId).execute();
  return (await opened(log, rows))[0] ?? null;
}

async function opened(log: TenantLog, rows: EventsTable[]): Promise<LoggedEvent[]> {
  if (rows.length === 0) return [];
  const dataKeys = await dataKeysOf(
    log,
    rows.map((r) => r.subject),
  );
  return rows.map(({ payload, ...row }) => {
    const dataKey = dataKeys.get(row.subject);
    if (!dataKey || payload.length === 0) return { ...row, payload: null };
    const plain = unseal(dataKey, { tenant: log.tenant, table: "events", id: row.event_id }, payload).toString();
    return { ...row, payload: readPayload(row.schema_version, plain) };
  });
}
