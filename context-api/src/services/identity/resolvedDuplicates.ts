import type { ResolvedDuplicates, ResolvedPair } from "@sidelight/contracts/identity/duplicates.ts";
import { ofKind, type StoredRecord } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import { isSuperseded } from "../../context/decisionsAbout.ts";
import { identityPlatform } from "../../identity/decisions.ts";
import type { TenantLog } from "../../log/log.ts";
import type { Reader } from "../../log/reader.ts";
import { openSnapshotReader } from "../../log/snapshotReader.ts";
import { listObjectEvents } from "../../store/tables/events.ts";
import { memberRecords, recordLabel } from "./customerView.ts";

type DecisionRecord = StoredRecord<"decision">;
type Resolution = DecisionRecord & { data: { type: ResolvedPair["type"] } };

export interface ResolvedFilter {
  /** Epoch ms. */
  since: number;
  /** Name of the platform that one of the records is on; null for any. */
  platform: string | null;
}

/** Decisions that are read. */
const maxDecisions = 5_000;
const pageSize = 500;
const maxPairs = 50;
/** Records that a pair lists. */
const maxRecords = 10;

/** The decisions of a period about customers that may be one. */
export async function resolvedDuplicates(log: TenantLog, filter: ResolvedFilter): Promise<ResolvedDuplicates> {
  const reader = openSnapshotReader(log);
  const counts = { merged: 0, linked: 0, dismissed: 0, undone: 0 };
  const decisions = await decisionsSince(log, filter);
  const undone = await undoneAmong(reader, decisions);
  for (const { data, key } of decisions) {
    counts[data.type] += 1;
    if (undone.has(key)) counts.undone += 1;
  }
  const newest = decisions.slice(0, maxPairs).map((decision) => pairOf(decision, undone.has(decision.key)));
  return { ...counts, pairs: await Promise.all(newest) };

  async function pairOf({ id, data, edges }: Resolution, isUndone: boolean): Promise<ResolvedPair> {
    const refs = decidedRefs(edges).slice(0, maxRecords);
    const records = new Map(memberRecords(await reader.records(refs.map(reader.key))).map((record) => [record.ref, record]));
    return {
      ...{ decision: id, type: data.type, at: data.decidedAt, by: data.actor.kind, undone: isUndone },
      records: refs.map((ref) => {
        const record = records.get(ref);
        return { ref, label: record ? recordLabel(record) : ref };
      }),
    };
  }
}

/** Keys of those that no longer apply. */
async function undoneAmong(reader: Reader, decisions: readonly Resolution[]): Promise<Set<string>> {
  const keys = decisions.map(({ key }) => key);
  const successors = await reader.pointingAt(keys, ["supersedes"], ["decision"]);
  const replaced = new Set(successors.flatMap(({ edges }) => edges.map(({ to }) => reader.key(to))));
  const undone = new Set<string>();
  // A successor may be undone itself.
  for (const key of keys) if (replaced.has(key) && (await isSuperseded(reader, key))) undone.add(key);
  return undone;
}

/** Newest first. */
async function decisionsSince(log: TenantLog, { since, platform }: ResolvedFilter): Promise<Resolution[]> {
  const decisions: Resolution[] = [];
  const filter = { connection: identityPlatform, object: "decision" };
  for (let below: number | null = null, count = 0; count < maxDecisions; ) {
    const events = await listObjectEvents(log.store, { ...filter, below, limit: pageSize });
    const keys = events.map(({ key }) => key);
    const page = new Map(ofKind(await openSnapshotReader(log).records(keys), "decision").map((record) => [record.key, record]));
    const ordered = keys.flatMap((key) => page.get(key) ?? []);
    decisions.push(...ordered.filter(isResolution).filter((decision) => isOf(decision, since, platform)));
    count += events.length;
    const isOver = ordered.some(({ data }) => Date.parse(data.decidedAt) < since);
    if (events.length < pageSize || isOver) break;
    below = events.at(-1)?.sequence ?? null;
  }
  return decisions;
}

const isResolution = (decision: DecisionRecord): decision is Resolution =>
  decision.data.type === "merged" || decision.data.type === "linked" || decision.data.type === "dismissed";

const isOf = ({ data, edges }: Resolution, since: number, platform: string | null): boolean =>
  Date.parse(data.decidedAt) >= since &&
  (platform === null || decidedRefs(edges).some((ref) => splitRef(ref).platform === platform));

const decidedRefs = (edges: DecisionRecord["edges"]): string[] => [
  ...new Set(edges.filter(({ rel }) => rel === "decided").map(({ to }) => to)),
];
