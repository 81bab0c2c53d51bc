import { type Kysely, sql } from "kysely";
import { type Database, type ProjectionTable, projectionTables } from "../../store/schema.ts";

export interface Pruned {
  /** Events whose payload was let go of. */
  events: number;
  /** The last sequence without one. */
  until: number;
}

/**
 * Lets go of the past, inside the caller's transaction: versions that had ended before `before` (epoch ms), and the payloads of
 * all events received until then. What was live at that point becomes the baseline that a rebuild starts from, so that a rebuild
 * still comes out the same; the events' envelopes (type, times, ids: nothing personal) stay.
 */
export async function prune(db: Kysely<Database>, tenant: string, before: number, now: number): Promise<Pruned> {
  const until = await lastReceived(db, tenant, before);
  const known = await db.selectFrom("baselines").select("sequence").where("tenant", "=", tenant).executeTakeFirst();
  if (until <= (known?.sequence ?? 0)) return { events: 0, until: known?.sequence ?? 0 };
  for (const table of Object.keys(projectionTables) as ProjectionTable[]) await moveBaseline(db, table, tenant, until);
  const emptied = await sql`update events set payload = x'' where tenant = ${tenant} and sequence > ${known?.sequence ?? 0}
    and sequence <= ${until}`.execute(db);
  const row = { sequence: until, before, pruned_at: now };
  await db
    .insertInto("baselines")
    .values({ tenant, ...row })
    .onConflict((c) => c.column("tenant").doUpdateSet(row))
    .execute();
  return { events: Number(emptied.numAffectedRows ?? 0), until };
}

/** The sequence before the first event that is still wanted: what came after that one stays, whatever its time. */
async function lastReceived(db: Kysely<Database>, tenant: string, before: number): Promise<number> {
  const { first, last } = await db
    .selectFrom("events")
    .select((e) => [e.fn.min("sequence").filterWhere("received_at", ">=", before).as("first"), e.fn.max("sequence").as("last")])
    .where("tenant", "=", tenant)
    .executeTakeFirstOrThrow();
  return first === null ? (last ?? 0) : Number(first) - 1;
}

async function moveBaseline(db: Kysely<Database>, table: ProjectionTable, tenant: string, until: number): Promise<void> {
  const [from, to] = [sql.table(table), sql.table(`baseline_${table}`)];
  await sql`delete from ${to} where tenant = ${tenant}`.execute(db);
  if (table === "versions") {
    // A node touched since gets its version from the events that stay.
    await sql`insert into ${to} select * from ${from} where tenant = ${tenant} and version <= ${until}`.execute(db);
    return;
  }
  await sql`insert into ${to} select * from ${from}
    where tenant = ${tenant} and from_seq <= ${until} and (to_seq is null or to_seq > ${until})`.execute(db);
  await sql`update ${to} set to_seq = null where tenant = ${tenant}`.execute(db);
  await sql`delete from ${from} where tenant = ${tenant} and to_seq <= ${until}`.execute(db);
}

/** Puts the baseline in place of the projections. @returns its sequence, 0 when nothing was ever pruned */
export async function restoreBaseline(db: Kysely<Database>, tenant: string): Promise<number> {
  for (const table of Object.keys(projectionTables) as ProjectionTable[]) {
    await db.deleteFrom(table).where("tenant", "=", tenant).execute();
    await sql`insert into ${sql.table(table)} select * from ${sql.table(`baseline_${table}`)} where tenant = ${tenant}`.execute(
      db,
    );
  }
  const known = await db.selectFrom("baselines").select("sequence").where("tenant", "=", tenant).executeTakeFirst();
  return known?.sequence ?? 0;
}
