import { type RawBuilder, sql } from "kysely";
import { queriesOf } from "../queries.ts";
import type { DeliveriesTable } from "../schema.ts";
import type { TenantStore } from "../tenantStore.ts";

// Several processes deliver from one database. A process claims subjects and names, not single deliveries: the process with the claim of a
// subject sends all its deliveries in their order, and the process with that of a name merges all deliveries of the name. A claim ends after
// its lease, by the clock of the database. The embedded store belongs to one process and has no claims.

/** The queue of one action of one target. */
export interface DeliveryQueueName {
  target: string;
  action: string;
}

/** What one claim has. */
export interface ClaimedKeys {
  subjects: ReadonlySet<string>;
  names: ReadonlySet<string>;
}

type Ordered = Pick<DeliveriesTable, "subject" | "name">;

const subjectKey = (subject: string): string => `subject ${subject}`;
const nameKey = (name: string): string => `name ${name}`;

/** The claim without which a delivery must not be sent. */
export const orderKeyOf = ({ name, subject }: Ordered): string => (name === null ? subjectKey(subject) : nameKey(name));

const databaseNow: RawBuilder<number> = sql`(extract(epoch from statement_timestamp()) * 1000)::bigint`;

/** True when other processes may deliver from the same store. */
export const hasClaims = (store: TenantStore): boolean => queriesOf(store).engine === "postgres";

/**
 * Claims the subjects and names of due deliveries that no other process has. Processes that claim at the same time skip each other's rows.
 * @param claim `owner` is a new name for each claim; `limit` counts deliveries
 */
export async function claimDueDeliveries(
  store: TenantStore,
  { target, action }: DeliveryQueueName,
  { owner, leaseMs, now, limit }: { owner: string; leaseMs: number; now: number; limit: number },
): Promise<ClaimedKeys> {
  const { tenant } = store;
  return await queriesOf(store).inTransaction(async (db) => {
    const { rows } = await sql<Ordered>`
      select d.subject, d.name from deliveries d
      where d.tenant = ${tenant} and d.target = ${target} and d.action = ${action} and d.state = 'waiting' and d.next_at <= ${now}
        and not exists (
          select 1 from delivery_claims c
          where c.tenant = ${tenant} and c.target = ${target} and c.action = ${action} and c.claimed_until > ${databaseNow}
            and c.order_key in ('subject ' || d.subject, 'name ' || d.name))
      order by d.next_at limit ${limit} for update of d skip locked`.execute(db);
    const keys = new Set(rows.flatMap(({ subject, name }) => [subjectKey(subject), ...(name === null ? [] : [nameKey(name)])]));
    if (keys.size === 0) return { subjects: new Set<string>(), names: new Set<string>() };
    // In one order, so that two claims do not wait for each other.
    const sorted = [...keys].sort();
    const claimed = await sql<{ order_key: string }>`
      insert into delivery_claims (tenant, target, action, order_key, claimed_by, claimed_until)
      select ${tenant}, ${target}, ${action}, key, ${owner}, ${databaseNow} + ${leaseMs}::bigint from unnest(${sorted}::text[]) as key
      on conflict (tenant, target, action, order_key)
        do update set claimed_by = excluded.claimed_by, claimed_until = excluded.claimed_until
        where delivery_claims.claimed_until <= ${databaseNow}
      returning order_key`.execute(db);
    const claimedKeys = new Set(claimed.rows.map((row) => row.order_key));
    return {
      subjects: new Set(rows.flatMap(({ subject }) => (claimedKeys.has(subjectKey(subject)) ? [subject] : []))),
      names: new Set(rows.flatMap(({ name }) => (name !== null && claimedKeys.has(nameKey(name)) ? [name] : []))),
    };
  });
}

/** Prolongs a claim. @returns how many of its keys no other process has taken over */
export async function renewClaim(store: TenantStore, owner: string, leaseMs: number): Promise<number> {
  return await queriesOf(store).coordinate(sql`
    update delivery_claims set claimed_until = ${databaseNow} + ${leaseMs}::bigint
    where tenant = ${store.tenant} and claimed_by = ${owner}`);
}

const dayMs = 86_400_000;

/** Ends a claim, so that other processes need not wait for the end of its lease. Removes what processes left that died long ago. */
export async function releaseClaim(store: TenantStore, owner: string): Promise<void> {
  await queriesOf(store).coordinate(sql`
    delete from delivery_claims where tenant = ${store.tenant}
      and (claimed_by = ${owner} or claimed_until < ${databaseNow} - ${dayMs}::bigint)`);
}
