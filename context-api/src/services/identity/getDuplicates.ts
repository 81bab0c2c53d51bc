import type { DuplicateGroup, DuplicatePair, DuplicateReport } from "@sidelight/contracts/identity/duplicates.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { findJoinedRecords, type JoinedRecords } from "../../linking/joinedRecords.ts";
import { ensureMatched } from "../../linking/matchTenant.ts";
import { survivorRule } from "../../linking/survivor.ts";
import type { TenantLog } from "../../log/log.ts";
import { openReader } from "../../log/reader.ts";
import { openSnapshotReader } from "../../log/snapshotReader.ts";
import { loadReceiptTimes } from "../../store/tables/events.ts";
import { listSuggestionRows, type SuggestionRow } from "../../store/tables/identitySuggestions.ts";
import { loadNodes, type MemberRow } from "../../store/tables/projections.ts";
import { iso } from "../instant.ts";
import { ProblemError } from "../problemError.ts";
import type { ServedTenant } from "../servedTenant.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { joinedPairs, type SuggestedRecords, suggestedPair } from "./duplicatePairs.ts";
import { resolvedDuplicates } from "./resolvedDuplicates.ts";

export interface DuplicatesInput {
  /** Name of a platform or id of a connection; all when left out. */
  platform?: string | undefined;
}

const weekMs = 7 * 86_400_000;
/** Pairs of each state that a group lists. */
const maxPairs = 50;
const maxSuggestions = 5_000;

/** The records of one object of one connection that are, or may be, of one customer. */
interface Found {
  platform: string;
  connection: string;
  object: string;
  joined: JoinedRecords[];
  possible: SuggestedRecords[];
}

/**
 * Records that a platform has twice, with the one that should stay and what would move, and what was decided within a week. It reads the
 * store as it is now, and changes nothing.
 * @throws {ProblemError} invalid_request for an unknown platform
 */
export const getDuplicates = defineService(
  "identify",
  async ({ served: servedTenant, actor }: ServiceContext, { platform }: DuplicatesInput): Promise<DuplicateReport> => {
    const { log, clock } = servedTenant.tenant;
    requirePlatform(servedTenant, platform);
    await ensureMatched({ log, clock });
    const now = clock.now();
    const duplicates = (await findDuplicates(log)).filter(
      (group) => platform === undefined || group.platform === platform || group.connection === platform,
    );
    const isNew = (instant: number): boolean => instant >= now - weekMs;
    const groups: DuplicateGroup[] = [];
    for (const group of duplicates) groups.push(await groupOf(group, servedTenant, isNew));
    groups.sort((a, b) => sizeOf(b) - sizeOf(a) || (a.object < b.object ? -1 : 1));
    const resolved = await resolvedDuplicates(log, { since: now - weekMs, platform: platformName(servedTenant, platform) });
    const { value, masked } = maskDeep({ from: iso(now - weekMs), to: iso(now), survivorRule, groups, resolved }, actor.rights);
    return { ...value, masked };
  },
);

const sizeOf = ({ joined: joinedGroup, possible }: DuplicateGroup): number => joinedGroup.count + possible.count;

function requirePlatform({ tenant }: ServedTenant, platform: string | undefined): void {
  const names = tenant.connections.flatMap((connection) => [connection.platform.name, connection.id]);
  if (platform === undefined || names.length === 0 || names.includes(platform)) return;
  throw new ProblemError("invalid_request", `There is no platform of this name. Use one of: ${[...new Set(names)].join(", ")}.`, {
    errors: [{ pointer: "/platform", detail: "not a platform or connection of this tenant" }],
    stage: "validate",
  });
}

/** Refs name the platform, not the connection. */
const platformName = ({ tenant }: ServedTenant, platform: string | undefined): string | null =>
  tenant.connections.find(({ id }) => id === platform)?.platform.name ?? platform ?? null;

async function groupOf(
  { joined: joinedGroup, possible, platform, connection, object }: Found,
  servedTenant: ServedTenant,
  isNew: (instant: number) => boolean,
): Promise<DuplicateGroup> {
  const { log } = servedTenant.tenant;
  const sequences = joinedGroup.flatMap(({ members }) => members.map(({ from_seq }) => from_seq));
  const times = await loadReceiptTimes(log.store, sequences);
  const timeOf = (sequence: number): number => times.get(sequence) ?? 0;
  const tools = { served: servedTenant, reader: openSnapshotReader(log), timeOf, isNew };
  const pairs: DuplicatePair[] = [];
  const newest = joinedGroup.toSorted((a, b) => b.since - a.since);
  for (const records of newest) {
    if (pairs.length >= maxPairs) break;
    pairs.push(...(await joinedPairs(records, tools)));
  }
  const open = possible.toSorted((a, b) => Number(isNew(b.row.found_at)) - Number(isNew(a.row.found_at)));
  const suggestedPairs = await Promise.all(open.slice(0, maxPairs).map((pair) => suggestedPair(pair, tools)));
  // The first record of a customer is no second one.
  const later = joinedGroup.flatMap(({ members }) => members.slice(1));
  return {
    ...{ platform, connection, object: `${platform}.${object}` },
    joined: { count: later.length, new: later.filter(({ from_seq }) => isNew(timeOf(from_seq))).length },
    possible: { count: possible.length, new: possible.filter(({ row }) => isNew(row.found_at)).length },
    pairs: [...pairs.slice(0, maxPairs), ...suggestedPairs.filter((pair) => pair !== null)].sort(
      (a, b) => Number(b.isNew) - Number(a.isNew),
    ),
  };
}

async function findDuplicates(log: TenantLog): Promise<Found[]> {
  const groups = new Map<string, Found>();
  const groupFor = ({ platform, connection, object }: Pick<Found, "platform" | "connection" | "object">): Found => {
    const name = `${connection}\n${object}`;
    const group = groups.get(name) ?? { platform, connection, object, joined: [], possible: [] };
    groups.set(name, group);
    return group;
  };
  for (const joinedGroup of await findJoinedRecords(log)) groupFor(joinedGroup).joined.push(joinedGroup);
  for (const { type, ...pair } of await findSuggested(log)) groupFor(type).possible.push(pair);
  return [...groups.values()];
}

type TypedPair = SuggestedRecords & { type: Pick<MemberRow, "platform" | "connection" | "object"> };

/** Open suggestions between customers that both have a record of one object. */
async function findSuggested(log: TenantLog): Promise<TypedPair[]> {
  const rows = await listSuggestionRows(log.store, { state: "open", limit: maxSuggestions, offset: 0 });
  const nodes = await loadNodes(
    log.store,
    rows.flatMap(({ left_key, right_key }) => [left_key, right_key]),
    null,
  );
  const reader = openReader(log);
  const pairs: TypedPair[] = [];
  for (const row of rows) {
    const [leftSide, rightSide] = [nodes.get(row.left_key), nodes.get(row.right_key)];
    if (leftSide === undefined || rightSide === undefined || leftSide === rightSide) continue;
    pairs.push(...(await pairsOf(reader, row, [leftSide, rightSide])));
  }
  return pairs;
}

/** One pair for each object that both customers have. The records that were compared come first. */
async function pairsOf(
  reader: ReturnType<typeof openReader>,
  row: SuggestionRow,
  nodes: readonly [string, string],
): Promise<TypedPair[]> {
  const [leftSide, rightSide] = await Promise.all(nodes.map(async (node) => await recordsOf(reader, node)));
  const firstOf = (records: typeof leftSide = [], comparedKey: string) =>
    records.toSorted((a, b) => Number(b.key === comparedKey) - Number(a.key === comparedKey));
  const rights = firstOf(rightSide, row.right_key);
  const pairs = firstOf(leftSide, row.left_key).flatMap((a) => {
    const b = rights.find(({ connection, object }) => connection === a.connection && object === a.object);
    return b ? [{ row, nodes, keys: [a.key, b.key] as const, type: a }] : [];
  });
  return [...new Map(pairs.map((pair) => [`${pair.type.connection}\n${pair.type.object}`, pair] as const).toReversed()).values()];
}

const recordsOf = async (reader: ReturnType<typeof openReader>, node: string) =>
  await reader.records((await reader.membersOf(node)).map(({ key }) => key));
