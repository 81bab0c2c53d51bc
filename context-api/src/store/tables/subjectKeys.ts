import { chunks } from "../chunks.ts";
import { padded, selectCompiled } from "../compiledSelect.ts";
import { queriesOf } from "../queries.ts";
import type { SubjectKeysTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type WrappedSubjectKey = Pick<SubjectKeysTable, "subject" | "wrapped_key">;

/** The wrapped data keys of these subjects. An erased subject has none. */
export async function loadSubjectKeys(store: TenantStore, subjects: Iterable<string>): Promise<WrappedSubjectKey[]> {
  const keys: WrappedSubjectKey[] = [];
  for (const chunk of chunks([...new Set(subjects)])) {
    const list = padded(chunk);
    const rows = await selectCompiled<WrappedSubjectKey>(store, `subject keys ${list.length}`, list, () =>
      queriesOf(store).from("subject_keys").select(["subject", "wrapped_key"]).where("subject", "in", list),
    );
    keys.push(...rows);
  }
  return keys;
}

/** All wrapped data keys in the order of their subjects, a page at a time. @param afterSubject the last subject of the previous page */
export async function listSubjectKeys(store: TenantStore, afterSubject: string, limit: number): Promise<WrappedSubjectKey[]> {
  return await queriesOf(store)
    .from("subject_keys")
    .select(["subject", "wrapped_key"])
    .where("subject", ">", afterSubject)
    .orderBy("subject")
    .limit(limit)
    .execute();
}

export const updateSubjectKey = (store: TenantStore, { subject, wrapped_key }: WrappedSubjectKey): Statement =>
  toStatement(queriesOf(store).updateTable("subject_keys").set({ wrapped_key }).where("subject", "=", subject));

/** Destroys a subject's data key: whatever it sealed can never be read again. */
export const deleteSubjectKey = (store: TenantStore, subject: string): Statement =>
  toStatement(queriesOf(store).deleteFrom("subject_keys").where("subject", "=", subject));
