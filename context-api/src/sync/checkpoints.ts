import type { Stream } from "@sidelight/platform-kit/platform.ts";
import type { Statement } from "../store/statement.ts";
import { findCoverage, saveCoverage as saveObjectCoverage } from "../store/tables/observations.ts";
import { findSyncCheckpoint, saveSyncCheckpoint } from "../store/tables/syncCheckpoints.ts";
import type { TenantStore } from "../store/tenantStore.ts";

/** How far a stream has been pulled. Instants are epoch ms. */
export interface Checkpoint {
  /** The platform's own position; never personal. */
  state: unknown;
  complete: boolean;
  records: number;
  startedAt: number;
  updatedAt: number;
  coveredUntil: number | null;
}

/** The checkpoint's name, and the objects that its coverage counts for. */
type StreamKey = Pick<Stream, "name" | "objects">;

/** Null for a stream that was never pulled. */
export async function loadCheckpoint(store: TenantStore, connection: string, stream: StreamKey): Promise<Checkpoint | null> {
  const row = await findSyncCheckpoint(store, connection, stream.name);
  if (!row) return null;
  return {
    state: JSON.parse(row.state),
    complete: row.is_complete === 1,
    records: row.records,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    coveredUntil: await findCoverage(store, connection, stream.objects),
  };
}

export const saveCheckpoint = (
  store: TenantStore,
  connection: string,
  stream: StreamKey,
  { state, complete, records, startedAt, updatedAt }: Checkpoint,
): Statement =>
  saveSyncCheckpoint(store, {
    connection,
    stream: stream.name,
    state: JSON.stringify(state ?? null),
    is_complete: complete ? 1 : 0,
    records,
    started_at: startedAt,
    updated_at: updatedAt,
  });

/** Records that the store holds every change of these objects up to `coveredUntil`, epoch ms. */
export const saveCoverage = (store: TenantStore, connection: string, stream: Stream, coveredUntil: number): Statement[] =>
  stream.objects.map((object) => saveObjectCoverage(store, { connection, object, observed_at: coveredUntil }));
