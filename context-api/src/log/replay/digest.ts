import { createHash, type KeyObject } from "node:crypto";
import canonicalize from "canonicalize";
import { unwrapDataKey } from "../../security/keyring.ts";
import { unseal } from "../../security/seal.ts";
import { type ProjectionTable, projectionTables } from "../../store/schema.ts";
import type { TenantLog } from "../log.ts";

/**
 * SHA-256 over the canonical JSON (RFC 8785) of every projection row in key order, payloads opened:
 * two stores with the same digest hold the same projections, byte for byte.
 */
export async function projectionDigest({ store, keys }: Pick<TenantLog, "store" | "keys">): Promise<string> {
  const hash = createHash("sha256");
  const dataKeys = new Map<string, KeyObject>();
  for (const row of await store.from("subject_keys").selectAll().execute()) {
    dataKeys.set(row.subject, unwrapDataKey(keys, row.subject, row.wrapped_key));
  }
  for (const [table, order] of Object.entries(projectionTables)) {
    let query = store.from(table as ProjectionTable).selectAll();
    for (const column of order) query = query.orderBy(column as never);
    const rows = await query.execute();
    hash.update(`${table}\n`);
    for (const row of rows) hash.update(`${canonicalize(plain(row))}\n`);
  }
  return hash.digest("hex");

  function plain(row: object): object {
    if (!("payload" in row)) return row;
    const { payload, ...rest } = row as { payload: Buffer; key: string; from_seq: number; subject: string };
    const dataKey = dataKeys.get(rest.subject);
    if (!dataKey) return { ...rest, payload: null };
    const at = { tenant: keys.tenant, table: "records", id: `${rest.key}:${rest.from_seq}` };
    return { ...rest, payload: JSON.parse(unseal(dataKey, at, payload).toString()) };
  }
}
