import { entryLimit } from "@sidelight/model/entryLimit.ts";
import { isWithdrawn, type Purpose } from "@sidelight/model/purposes.ts";
import type { StoredRecord } from "@sidelight/model/records.ts";
import { type ParsedRef, parseRef } from "@sidelight/model/refs.ts";
import { LRUCache } from "lru-cache";
import { type ReadState, stillHolds } from "../cache/answerCache.ts";
import { peopleDependency } from "../log/projections/projectRecord.ts";
import type { Reader } from "../log/reader.ts";
import { openSnapshotReader } from "../log/snapshotReader.ts";
import { chunks } from "../store/chunks.ts";
import { recordsOfPerson } from "./customerRecords.ts";
import { resolve } from "./resolve.ts";
import type { Tenant } from "./tenant.ts";

/** A withdrawal of consent, as a platform records it. */
export interface Withdrawal {
  /** Null when the effect serves no named purpose, so that every withdrawal covers it. */
  purpose: Purpose | null;
  /** The platform's name for people. */
  platform: string;
}

/** The withdrawal that forbids using a person's data for a purpose; null when there is none. */
export type ConsentCheck = (ref: string, purpose: Purpose | null) => Promise<Withdrawal | null>;

/** Checks of consent. All work of a tenant shares them, because results are cached until a person's record changes. */
export interface ConsentChecks {
  withdrawalOf: ConsentCheck;
  /** Reads the consent of many people in few queries, so that {@link withdrawalOf} finds it in the cache. */
  prefetchConsent(refs: Iterable<string>): Promise<void>;
}

/** Refs whose people are read together. */
const prefetchSize = 64;

/**
 * Checks whether the person behind a ref withdrew consent for a purpose. A withdrawal on any platform counts for all of them. For an
 * ambiguous ref, one person who withdrew is enough. A company has no consent of its own.
 */
export function openConsentChecks({ log, platforms }: Tenant): ConsentChecks {
  const cache = new LRUCache<string, ReadState & { declining: readonly StoredRecord<"person">[] }>(entryLimit(20_000));

  return {
    async withdrawalOf(ref, purpose) {
      const records = cachedRecords(ref) ?? (await decliningRecords(openSnapshotReader(log), ref));
      const record = records.find(({ data }) => isWithdrawn(data, purpose));
      return record ? { purpose, platform: platforms.get(record.platform)?.label ?? record.platform } : null;
    },
    async prefetchConsent(refs) {
      const missingRefs = [...new Set(refs)].filter((ref) => cachedRecords(ref) === null);
      for (const chunk of chunks(missingRefs, prefetchSize)) {
        const reader = openSnapshotReader(log);
        await Promise.all(chunk.map((ref) => decliningRecords(reader, ref)));
      }
    },
  };

  /** Null when they were not read, or may have changed since. */
  function cachedRecords(ref: string): readonly StoredRecord<"person">[] | null {
    const entry = cache.get(ref);
    return entry && stillHolds(entry, log) ? entry.declining : null;
  }

  async function decliningRecords(reader: Reader, ref: string): Promise<readonly StoredRecord<"person">[]> {
    const generation = log.generation();
    const parsed = parseRef(ref, platforms);
    if ("problem" in parsed) return [];
    const isPerson = parsed.kind === "object" && platforms.get(parsed.platform)?.objects[parsed.object]?.kind === "person";
    const dependencies = new Set(isPerson ? [peopleDependency] : [peopleDependency, log.key(ref)]);
    const declining = await readDeclining(reader, parsed);
    cache.set(ref, { declining, generation, dependencies });
    return declining;
  }

  async function readDeclining(reader: Reader, ref: ParsedRef): Promise<StoredRecord<"person">[]> {
    const resolution = await resolve(reader, ref);
    if (resolution.state === "none" || resolution.kind !== "person") return [];
    const nodes = resolution.state === "resolved" ? [resolution.node] : resolution.nodes;
    const records = (await Promise.all(nodes.map((node) => recordsOfPerson(reader, node)))).flat();
    return records.filter(({ data }) => isWithdrawn(data, null));
  }
}

/** Why a delivery was not sent, for operators. Names no person. */
export const withheldMessage = ({ purpose, platform }: Withdrawal): string =>
  purpose === null
    ? `The person withdrew consent in ${platform}. The route names no purpose, so every withdrawal withholds its effects.`
    : `The person opted out of ${purpose} in ${platform}.`;
