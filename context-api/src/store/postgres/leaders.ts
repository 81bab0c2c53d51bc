import { LeadershipLostError } from "../leadershipLost.ts";
import type { RowClient } from "./rows.ts";

/** The channel on which processes tell each other what changed. See {@link Notice}. */
export const channel = "sidelight";

/** How long other processes can follow without reading everything again. */
const keptMs = 10 * 60_000;
const pruneEvery = 64;

/**
 * Makes the open transaction one of the tenant's leader: no other process becomes the leader before it ends.
 * @param mode a projection excludes other projections; appends exclude only another leader
 * @returns the number of the last invalidations
 * @throws {LeadershipLostError}
 */
export async function requireLeader(
  { query }: RowClient,
  tenant: string,
  epoch: number,
  mode: "append" | "project",
): Promise<number> {
  const lock = mode === "project" ? "for update" : "for share";
  const sql = `select generation from leaders where tenant = $1 and epoch = $2 ${lock}`;
  const { rows } = await query<{ generation: number }>(sql, [tenant, epoch]);
  const [row] = rows;
  if (!row) throw new LeadershipLostError(`another process leads the tenant ${tenant}`);
  return row.generation;
}

/** Inside the open transaction: excludes projections of all processes. */
export async function lockProjections({ query }: RowClient, tenant: string): Promise<void> {
  await query("select generation from leaders where tenant = $1 for update", [tenant]);
}

/**
 * Numbers what the open transaction outdates, stores it for the other processes, and notifies them at the commit.
 * @param dependencies null for everything
 * @returns the number; 0 when no process has ever led the tenant
 */
export async function publishInvalidations(
  { query }: RowClient,
  tenant: string,
  dependencies: readonly string[] | null,
): Promise<number> {
  const { rows } = await query<{ generation: number }>(
    `with numbered as (update leaders set generation = generation + 1 where tenant = $1 returning generation),
      stored as (insert into invalidations (tenant, generation, dependencies, created_at)
        select $1, generation, $2, (extract(epoch from now()) * 1000)::bigint from numbered)
    select generation, pg_notify('${channel}', json_build_array('projected', $1::text, generation)::text) from numbered`,
    [tenant, JSON.stringify(dependencies)],
  );
  const generation = rows[0]?.generation ?? 0;
  if (generation > 0 && generation % pruneEvery === 0)
    await query("delete from invalidations where tenant = $1 and created_at < (extract(epoch from now()) * 1000)::bigint - $2", [
      tenant,
      keptMs,
    ]);
  return generation;
}
