import { createHash, type KeyObject } from "node:crypto";
import canonicalize from "canonicalize";
import { unwrapDataKey } from "../../security/keyring.ts";
import { unseal } from "../../security/seal.ts";
import { dumpProjections } from "../../store/tables/projections.ts";
import { loadSubjectKeys } from "../../store/tables/subjectKeys.ts";
import type { TenantLog } from "../log.ts";

/**
 * SHA-256 over the canonical JSON (RFC 8785) of every projection row in key order, with unsealed payloads.
 * Two stores with the same digest hold the same projections, byte for byte.
 */
export async function projectionDigest({ store, keys }: Pick<TenantLog, "store" | "keys">): Promise<string> {
  const hash = createHash("sha256");
  for (const { table, rows } of await dumpProjections(store)) {
    hash.update(`${table}\n`);
    const subjects = rows.flatMap((row) => ("subject" in row ? row.subject : []));
    const wrappedKeys = await loadSubjectKeys(store, subjects);
    const dataKeys = new Map(wrappedKeys.map((k) => [k.subject, unwrapDataKey(keys, k.subject, k.wrapped_key)]));
    for (const row of rows) hash.update(`${canonicalize("payload" in row ? unsealRow(row, dataKeys) : row)}\n`);
  }
  return hash.digest("hex");

  function unsealRow(
    { payload, ...row }: { payload: Buffer; key: string; from_seq: number; subject: string },
    dataKeys: ReadonlyMap<string, KeyObject>,
  ): object {
    const dataKey = dataKeys.get(row.subject);
    if (!dataKey) return { ...row, payload: null };
    const context = { tenant: keys.tenant, table: "records", id: `${row.key}:${row.from_seq}` };
    return { ...row, payload: JSON.parse(unseal(dataKey, context, payload).toString()) };
  }
}
