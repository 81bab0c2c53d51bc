import { queriesOf } from "../queries.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

// Keys of events that were appended, so that a repeated event is recognized. The projector reads and inserts them: see
// projectionRows.ts.

export const deleteDeduplicationKeys = (store: TenantStore, receivedBefore: number): Statement =>
  toStatement(queriesOf(store).deleteFrom("deduplication_keys").where("received_at", "<", receivedBefore));
