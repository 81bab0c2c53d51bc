import { type CompiledQuery, sql } from "kysely";
import type { ProjectionChanges } from "../coordination.ts";
import { bindTenant } from "../queries.ts";
import type { Store } from "../store.ts";
import type { TenantStore } from "../tenantStore.ts";
import { type PostgresPool, toParameter } from "./connection.ts";
import { openPostgresCoordination } from "./coordination.ts";
import { withStoreErrors } from "./faults.ts";

/** Reads from PostgreSQL. The schema must be up to date. */
export function openPostgresStore(pool: PostgresPool, url: string): Store {
  const stores = new Map<string, TenantStore>();

  /** A shorter way than Kysely's. */
  async function runCompiled<Row>(tenant: string, query: CompiledQuery<Row>): Promise<Row[]> {
    const client = await pool.connect(tenant);
    try {
      return (await withStoreErrors(client.query(query.sql, query.parameters.map(toParameter)))).rows as Row[];
    } finally {
      client.release();
    }
  }

  return {
    forTenant(tenant) {
      const store = stores.get(tenant) ?? bindTenant(pool.forTenant(tenant), tenant, (query) => runCompiled(tenant, query));
      stores.set(tenant, store);
      return store;
    },
    listTenants: () => pool.db.selectFrom("tenants").selectAll().execute(),
    shared: {
      coordinate: (options) => openPostgresCoordination(url, options),
      changesSince: (tenant, consumer, after) => changesSince(pool, tenant, consumer, after),
      async isRoleUnbound() {
        const query = sql<{
          unbound: boolean;
        }>`select rolsuper or rolbypassrls as unbound from pg_roles where rolname = current_user`;
        return (await query.execute(pool.db)).rows[0]?.unbound ?? false;
      },
      connections: pool.use,
    },
    close: pool.close,
  };
}

/** In one statement, because it must see one state: rows are pruned while it reads. */
async function changesSince(pool: PostgresPool, tenant: string, consumer: string, after: number): Promise<ProjectionChanges> {
  const query = sql<{ last: number; head: number; generation: number | null; dependencies: string | null }>`
    select coalesce(l.generation, 0) as last, coalesce(o.sequence, 0) as head, i.generation, i.dependencies
      from (select ${tenant}::text as tenant) t left join leaders l using (tenant)
      left join consumer_offsets o on o.tenant = t.tenant and o.consumer = ${consumer}
      left join invalidations i on i.tenant = t.tenant and i.generation > ${after}
      order by i.generation`;
  const { rows } = await query.execute(pool.forTenant(tenant));
  const [first] = rows;
  const invalidations = rows.flatMap(({ generation, dependencies }) =>
    generation === null || dependencies === null
      ? []
      : [{ generation, dependencies: JSON.parse(dependencies) as string[] | null }],
  );
  const generation = first?.last ?? 0;
  return { generation, head: first?.head ?? 0, invalidations, floor: generation - invalidations.length };
}
