import { yieldToEventLoop } from "../resilience/yieldToEventLoop.ts";
import { sourceEventHash } from "../security/keyring.ts";
import { unseal } from "../security/seal.ts";
import type { EventsTable } from "../store/schema.ts";
import { findEventRow, listEventRows, listEventRowsAfter } from "../store/tables/events.ts";
import { dataKeysOf } from "./dataKeys.ts";
import type { TenantLog } from "./log.ts";
import { type EventPayload, readPayload } from "./payload.ts";

/** An event of the log, unsealed. The payload is null where the subject was erased or retention removed it. */
export type LoggedEvent = Omit<EventsTable, "payload"> & {
  payload: EventPayload | null;
  /** True for an event of a list whose payload is damaged. */
  isDamaged?: boolean;
};

export interface EventFilter {
  limit: number;
  /** Only events older than this sequence. */
  beforeSequence: number | null;
  platform?: string | undefined;
  type?: string | undefined;
  /** Received at or after this instant, epoch ms. */
  since?: number | undefined;
  /** The platform's own id of the event. */
  sourceEventId?: string | undefined;
}

/** Events, newest first. A damaged event does not hide the others. */
export async function listEvents(log: TenantLog, { sourceEventId, since, ...filter }: EventFilter): Promise<LoggedEvent[]> {
  const hash = sourceEventId === undefined ? undefined : sourceEventHash(log.keys, sourceEventId);
  const rows = await listEventRows(log.store, { ...filter, receivedSince: since, sourceEventHash: hash });
  return await unsealEvents(log, rows, (row) => ({ ...row, payload: null, isDamaged: true }));
}

/**
 * Events after a sequence, oldest first.
 * @param range `through` leaves out later ones
 * @param objects only events of these platform objects; of all when left out
 */
export async function listEventsAfter(
  log: TenantLog,
  range: { after: number; through?: number },
  limit: number,
  objects?: readonly string[],
): Promise<LoggedEvent[]> {
  return await unsealEvents(log, await listEventRowsAfter(log.store, range, limit, objects));
}

/** The event of this id; null when there is none. */
export async function findEvent(log: TenantLog, eventId: string): Promise<LoggedEvent | null> {
  const row = await findEventRow(log.store, eventId);
  const [event] = row ? await unsealEvents(log, [row]) : [];
  return event ?? null;
}

/** @param onDamage replaces an event whose payload cannot be read. @throws without it */
async function unsealEvents(
  log: TenantLog,
  rows: EventsTable[],
  onDamage?: (row: Omit<EventsTable, "payload">) => LoggedEvent,
): Promise<LoggedEvent[]> {
  if (rows.length === 0) return [];
  const dataKeys = await dataKeysOf(
    log,
    rows.map((r) => r.subject),
  );
  const events: LoggedEvent[] = [];
  for (const { payload, ...row } of rows) {
    await yieldToEventLoop();
    try {
      events.push({ ...row, payload: open(row, payload) });
    } catch (error) {
      if (!onDamage) throw error;
      events.push(onDamage(row));
    }
  }
  return events;

  function open({ subject, event_id, schema_version }: Omit<EventsTable, "payload">, payload: Buffer): EventPayload | null {
    const dataKey = dataKeys.get(subject);
    if (!dataKey || payload.length === 0) return null;
    const plain = unseal(dataKey, { tenant: log.tenant, table: "events", id: event_id }, payload).toString();
    return readPayload(schema_version, plain);
  }
}
