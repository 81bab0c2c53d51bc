import { queriesOf } from "../queries.ts";
import type { CustomerPinsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

type CustomerPinRow = Omit<CustomerPinsTable, "tenant">;

/** A customer that is pinned keeps its time. */
export const saveCustomerPin = (store: TenantStore, row: CustomerPinRow): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("customer_pins", row)
      .onConflict((c) => c.columns(["tenant", "owner", "key"]).doNothing()),
  );

/** @param keys of all records of the customer: after a merge, the pin may be at another one */
export const deleteCustomerPins = (store: TenantStore, owner: string, keys: readonly string[]): Statement =>
  toStatement(
    queriesOf(store)
      .deleteFrom("customer_pins")
      .where("owner", "=", owner)
      .where("key", "in", ["", ...keys]),
  );

/** In the order of their keys. */
export const listCustomerPins = (store: TenantStore, owner: string, limit: number): Promise<CustomerPinRow[]> =>
  queriesOf(store)
    .from("customer_pins")
    .select(["owner", "key", "kind", "pinned_at"])
    .where("owner", "=", owner)
    .orderBy("key")
    .limit(limit)
    .execute();
