import type { FieldValue } from "@sidelight/model/records.ts";
import { dataKeysOf } from "../log/dataKeys.ts";
import type { TenantLog } from "../log/log.ts";
import { seal, unseal } from "../security/seal.ts";
import type { ConflictRow } from "../store/tables/conflicts.ts";

/** What one platform has. */
interface ConflictValue {
  platform: string;
  ref: string;
  value: FieldValue;
  /** Epoch ms. */
  changedAt: number;
  /** True when it differs from what was agreed. Null, or absent in conflicts of earlier releases, when nothing was. */
  hasChanged?: boolean | null;
}

/** The sealed part of a conflict. */
export interface ConflictValues {
  values: ConflictValue[];
  /** What was last agreed; absent when nothing was, or when it is not stored any more. */
  base?: { value: FieldValue };
  /** What was decided; absent while the conflict is open. */
  decision?: { value: FieldValue /** Null for a value that a person wrote. */; platform: string | null; reason: string | null };
}

const contextOf = ({ tenant }: TenantLog, id: string) => ({ tenant, table: "conflicts", id });

/** Null when the subject was erased. */
export async function sealConflict(
  log: TenantLog,
  row: Omit<ConflictRow, "payload">,
  values: ConflictValues,
): Promise<ConflictRow | null> {
  const key = (await dataKeysOf(log, [row.subject])).get(row.subject);
  return key ? { ...row, payload: seal(key, contextOf(log, row.id), JSON.stringify(values)) } : null;
}

/** The values of conflicts by id, without those of erased subjects. */
export async function openConflicts(
  log: TenantLog,
  rows: readonly Pick<ConflictRow, "id" | "subject" | "payload">[],
): Promise<Map<string, ConflictValues>> {
  const dataKeys = await dataKeysOf(log, new Set(rows.map(({ subject }) => subject)));
  return new Map(
    rows.flatMap(({ id, subject, payload }) => {
      const key = dataKeys.get(subject);
      return key ? [[id, JSON.parse(unseal(key, contextOf(log, id), payload).toString()) as ConflictValues] as const] : [];
    }),
  );
}
