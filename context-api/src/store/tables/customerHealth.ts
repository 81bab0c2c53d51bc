import { queriesOf } from "../queries.ts";
import type { CustomerHealthTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type CustomerHealthRow = Omit<CustomerHealthTable, "tenant" | "customer">;

/** The last stored health of a customer (`company:…` or `person:…`); null when there is none. */
export async function findCustomerHealth(store: TenantStore, customer: string): Promise<CustomerHealthRow | null> {
  const row = await queriesOf(store)
    .from("customer_health")
    .select(["score", "band", "trend", "sequence"])
    .where("customer", "=", customer)
    .executeTakeFirst();
  return row ?? null;
}

export const saveCustomerHealth = (store: TenantStore, customer: string, row: CustomerHealthRow): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("customer_health", { customer, ...row })
      .onConflict((c) => c.columns(["tenant", "customer"]).doUpdateSet(row)),
  );
