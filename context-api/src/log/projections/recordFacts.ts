import type { KeyObject } from "node:crypto";
import { entryLimit } from "@sidelight/model/entryLimit.ts";
import { canonicalCrmId } from "@sidelight/model/identifiers/recordIds.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import { LRUCache } from "lru-cache";
import type { TenantKeys } from "../../security/keyring.ts";
import { unseal } from "../../security/seal.ts";
import type { ProjectionRows, SealedRecord } from "../../store/tables/projectionRows.ts";
import type { RecordPayload } from "../payload.ts";

/** What matching needs of a record's content, beside its identifiers. */
export interface RecordFacts {
  /** Name of the person or company; null when it has none, or its subject was erased. */
  name: string | null;
  /** True for a company record of the CRM: it holds its own id. */
  isAccount: boolean;
}

const noFacts: RecordFacts = { name: null, isAccount: false };

export function factsOf({ ref, data, identifiers, deleted }: RecordPayload): RecordFacts {
  if (deleted || (data.kind !== "person" && data.kind !== "company")) return noFacts;
  const ownId = data.kind === "company" ? canonicalCrmId(splitRef(ref).id) : null;
  const isAccount = ownId !== null && identifiers.some(({ kind, value }) => kind === "crm_id" && value === ownId);
  return { name: data.name, isAccount };
}

/** By tenant, record and version. Opening a record takes longer than matching it. */
const openedFacts = new LRUCache<string, RecordFacts>({ ...entryLimit(20_000), ttl: 10 * 60_000, ttlResolution: 1_000 });

const cacheKey = ({ tenant }: TenantKeys, key: string, sequence: number): string => `${tenant}\n${key}:${sequence}`;

export const keepFacts = (keys: TenantKeys, key: string, sequence: number, facts: RecordFacts): void =>
  void openedFacts.set(cacheKey(keys, key, sequence), facts);

/**
 * The facts of the current versions of records, by key.
 * @param sequences of the versions, by key
 */
export async function loadFacts(
  { rows, keys, openSubjectKey }: FactSources,
  sequences: ReadonlyMap<string, number>,
): Promise<Map<string, RecordFacts>> {
  const facts = new Map<string, RecordFacts>();
  for (const [key, sequence] of sequences) {
    const cachedFacts = openedFacts.get(cacheKey(keys, key, sequence));
    if (cachedFacts) facts.set(key, cachedFacts);
  }
  const missingKeys = [...sequences.keys()].filter((key) => !facts.has(key));
  if (missingKeys.length === 0) return facts;
  const sealedRecords = await rows.payloads(missingKeys);
  const wrappedKeys = await rows.subjectKeys([...new Set(sealedRecords.map(({ subject }) => subject))]);
  const dataKeys = new Map(wrappedKeys.map(({ subject, wrapped_key }) => [subject, openSubjectKey(subject, wrapped_key)]));
  for (const record of sealedRecords) {
    const opened = openFacts(keys, record, dataKeys.get(record.subject));
    facts.set(record.key, opened);
    keepFacts(keys, record.key, record.from_seq, opened);
  }
  return facts;
}

interface FactSources {
  rows: Pick<ProjectionRows, "payloads" | "subjectKeys">;
  keys: TenantKeys;
  openSubjectKey(subject: string, wrapped: Buffer): KeyObject;
}

/** A record of an erased subject, or one that is damaged, has no facts. */
function openFacts(keys: TenantKeys, { key, from_seq, payload }: SealedRecord, dataKey: KeyObject | undefined): RecordFacts {
  if (!dataKey) return noFacts;
  try {
    const context = { tenant: keys.tenant, table: "records", id: `${key}:${from_seq}` };
    return factsOf(JSON.parse(unseal(dataKey, context, payload).toString()) as RecordPayload);
  } catch {
    return noFacts;
  }
}
