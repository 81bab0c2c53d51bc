import type { DuplicatePair, DuplicateRecord } from "@sidelight/contracts/identity/duplicates.ts";
import { decisionsAbout } from "../../context/decisionsAbout.ts";
import { confidenceOf } from "../../identity/clusterRecord.ts";
import type { JoinedRecords } from "../../linking/joinedRecords.ts";
import { survivorOf, survivorReason } from "../../linking/survivor.ts";
import type { Reader } from "../../log/reader.ts";
import { filledFields } from "../../quality/fields.ts";
import type { SuggestionRow } from "../../store/tables/identitySuggestions.ts";
import { countSources } from "../../store/tables/projections.ts";
import { iso, isoOrNull } from "../instant.ts";
import type { ServedTenant } from "../servedTenant.ts";
import { type StoredReason, withValues } from "./agreeingValues.ts";
import { type MemberRecord, memberRecords, recordLabel } from "./customerView.ts";
import { reasonsOf } from "./reasons.ts";

/** Two records of one object that may be one customer, by an open suggestion. */
export interface SuggestedRecords {
  row: SuggestionRow;
  /** Nodes of the two customers. */
  nodes: readonly [string, string];
  keys: readonly [string, string];
}

interface PairTools {
  served: ServedTenant;
  reader: Reader;
  /** Epoch ms of the sequence at which records were joined. */
  timeOf(sequence: number): number;
  isNew(instant: number): boolean;
}

/** How records name the person or company that they belong to. */
const rels = ["requester", "person", "user", "account", "organization", "parent"];

type Sized = MemberRecord & { filledFields: number; references: number; moves: DuplicatePair["moves"] };

/** The records of a customer as pairs: the one that should stay, with each of the others. */
export async function joinedPairs(group: JoinedRecords, tools: PairTools): Promise<DuplicatePair[]> {
  const { reader } = tools;
  const records = await sizedRecords(tools, group.members.map(({ key }) => key).slice(0, maxRecords));
  const [first, ...rest] = records;
  if (!first) return [];
  const survivor = survivorOf([first, ...rest]);
  const kind = first.data.kind;
  const decisions = await decisionsAbout(
    reader,
    records.map(({ key }) => key),
  );
  const customer = `${kind}:${group.node}`;
  const sequences = new Map(group.members.map(({ key, from_seq }) => [key, from_seq]));
  return records
    .filter((record) => record !== survivor)
    .map((duplicate) => {
      const foundAt = tools.timeOf(Math.max(sequences.get(duplicate.key) ?? 0, sequences.get(survivor.key) ?? 0));
      const reasons = reasonsOf(kind, duplicate, [survivor], decisions);
      const confidence = Math.max(0, ...reasons.map(({ rule }) => confidenceOf(rule)));
      return {
        ...pairView(tools, survivor, duplicate, foundAt),
        ...{ state: "joined" as const, reasons, confidence: reasons.length === 0 ? 1 : confidence },
        ...{ candidate: null, customers: [customer] },
      };
    });
}
const maxRecords = 20;

/** The pair of a suggestion; null when one of the records is gone. */
export async function suggestedPair({ row, nodes, keys }: SuggestedRecords, tools: PairTools): Promise<DuplicatePair | null> {
  const [first, second] = await sizedRecords(tools, keys);
  if (!first || !second) return null;
  const survivor = survivorOf([first, second]);
  const duplicate = survivor === first ? second : first;
  return {
    ...pairView(tools, survivor, duplicate, row.found_at),
    state: "possible",
    reasons: withValues(JSON.parse(row.reasons) as StoredReason[], [first, second], [first.ref, second.ref]),
    confidence: row.confidence / 10_000,
    candidate: row.id,
    customers: nodes.map((node) => `${row.kind}:${node}`),
  };
}

function pairView(tools: PairTools, survivor: Sized, duplicate: Sized, foundAt: number) {
  return {
    survivor: recordView(tools, survivor),
    duplicate: recordView(tools, duplicate),
    why: survivorReason(survivor, duplicate),
    moves: duplicate.moves,
    since: iso(foundAt),
    isNew: tools.isNew(foundAt),
  };
}

function recordView({ served }: PairTools, record: Sized): DuplicateRecord {
  const { ref, connection, object, id, filledFields: filledCount, references, changedAt } = record;
  const connector = served.tenant.connections.find((candidate) => candidate.id === connection)?.connector;
  const link = connector?.link(object, id) ?? null;
  return { ref, label: recordLabel(record), link, filledFields: filledCount, references, changedAt: isoOrNull(changedAt) };
}

async function sizedRecords({ served, reader }: PairTools, keys: readonly string[]): Promise<Sized[]> {
  const records = memberRecords(await reader.records(keys));
  const sources = await countSources(served.tenant.log.store, keys, rels);
  const sizedRecords = records.map((record): Sized => {
    const moves = sources
      .filter(({ to_key }) => to_key === record.key)
      .map(({ object, count }) => ({ object, count }))
      .sort((a, b) => b.count - a.count || (a.object < b.object ? -1 : 1));
    const references = moves.reduce((sum, { count }) => sum + count, 0);
    return { ...record, filledFields: filledFields(record).size, references, moves };
  });
  // In the order of the keys, which is that of their age.
  return keys.flatMap((key) => sizedRecords.find((record) => record.key === key) ?? []);
}
