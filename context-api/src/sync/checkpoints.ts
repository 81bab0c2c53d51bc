import type { Stream } from "@sidelight/platform-kit/platform.ts";
import { sql } from "kysely";
import type { Statement } from "../store/statement.ts";
import type { TenantStore } from "../store/store.ts";

/** Where a stream's pull stands. */
export interface Checkpoint {
  /** The platform's own; never personal. */
  state: unknown;
  complete: boolean;
  records: number;
  startedAt: number;
  updatedAt: number;
  coveredUntil: number | null;
}

/** What is kept under a name, and the objects that it vouches for. */
type Named = Pick<Stream, "name" | "objects">;

export async function loadCheckpoint(store: TenantStore, connection: string, stream: Named): Promise<Checkpoint | null> {
  const row = await store
    .from("checkpoints")
    .selectAll()
    .where("connection", "=", connection)
    .where("stream", "=", stream.name)
    .executeTakeFirst();
  if (!row) return null;
  const covered = await store
    .from("coverage")
    .select("observed_at")
    .where("connection", "=", connection)
    .where("object", "in", stream.objects)
    .execute();
  const coveredUntil = covered.length === 0 ? null : Math.min(...covered.map((c) => c.observed_at));
  return {
    state: JSON.parse(row.state),
    complete: row.complete === 1,
    records: row.records,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    coveredUntil,
  };
}

export function saveCheckpoint(store: TenantStore, connection: string, stream: Named, checkpoint: Checkpoint): Statement {
  const row = {
    state: JSON.stringify(checkpoint.state ?? null),
    complete: checkpoint.complete ? 1 : 0,
    records: checkpoint.records,
    started_at: checkpoint.startedAt,
    updated_at: checkpoint.updatedAt,
  };
  return store.statements
    .insertInto("checkpoints")
    .values({ tenant: store.tenant, connection, stream: stream.name, ...row })
    .onConflict((c) => c.columns(["tenant", "connection", "stream"]).doUpdateSet(row))
    .compile();
}

/** The pull vouches for all records of its objects up to `until`. */
export function saveCoverage(store: TenantStore, connection: string, stream: Stream, until: number): Statement[] {
  return stream.objects.map((object) =>
    store.statements
      .insertInto("coverage")
      .values({ tenant: store.tenant, connection, object, observed_at: until })
      .onConflict((c) =>
        c
          .columns(["tenant", "connection", "object"])
          .doUpdateSet({ observed_at: sql<number>`max(coverage.observed_at, excluded.observed_at)` }),
      )
      .compile(),
  );
}
