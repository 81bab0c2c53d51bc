import type { Clock } from "@sidelight/model/clock.ts";
import { isRoleAddress } from "@sidelight/model/identifiers/roleMailboxes.ts";
import { type EventInput, type Identifier, ofKind, type StoredRecord } from "@sidelight/model/records.ts";
import { type AppliedDecision, separates } from "../context/decisionsAbout.ts";
import { clusteringKinds } from "../identity/clusterRecord.ts";
import { decisionEvent } from "../identity/decisionEvent.ts";
import { decisionRef } from "../identity/decisions.ts";
import type { MatchReason } from "../identity/matching/reasons.ts";
import { compareNames } from "../identity/names.ts";
import type { TenantLog } from "../log/log.ts";
import { openReader, type Reader } from "../log/reader.ts";
import { loadMembers } from "../store/tables/projections.ts";
import type { TenantDecisions } from "./tenantDecisions.ts";

/** Two records whose customers are one by the model. */
export interface FoundLink {
  left: { ref: string; key: string };
  right: { ref: string; key: string };
  /** 0 to 1. */
  confidence: number;
  reasons: readonly MatchReason[];
  /** Keys of all records that the model takes for this person. */
  cluster: readonly string[];
}

export interface LinkContext {
  log: TenantLog;
  clock: Clock;
  decisions: TenantDecisions;
  modelVersion: string;
  signal?: AbortSignal | undefined;
}

const linksPerCommit = 25;
/** A customer with more records than this is not linked without a person. */
const maxMembers = 200;

/**
 * Appends a decision of effect `model` for each link that nothing speaks against, in commits of bounded size. What a person decided counts
 * more: customers that a decision keeps apart are not linked, and a link that a person undid is not made again.
 * @returns how many links were made
 */
export async function makeModelLinks(links: readonly FoundLink[], context: LinkContext): Promise<number> {
  let count = 0;
  let pending = [...links];
  while (pending.length > 0) {
    context.signal?.throwIfAborted();
    const { batch, rest } = nextBatch(pending, await nodesOf(context.log, pending));
    const events = await eventsOf(batch, context);
    if (events.length > 0) {
      const commit = await context.log.commit({ events, correlationId: "linking" });
      // A former leader may have made the same link a moment ago.
      count += commit.events.filter(({ isDuplicate }) => !isDuplicate).length;
    }
    pending = rest;
  }
  return count;
}

type Nodes = ReadonlyMap<string, string>;

const nodesOf = async (log: TenantLog, links: readonly FoundLink[]): Promise<Nodes> =>
  await openReader(log).nodesOf(links.flatMap(({ left: leftSide, right: rightSide }) => [leftSide.key, rightSide.key]));

interface OwnedLink extends FoundLink {
  leftNode: string;
  rightNode: string;
}

/** The next links of different customers, so that each is checked against what the others made of them. */
function nextBatch(pending: readonly FoundLink[], nodes: Nodes): { batch: OwnedLink[]; rest: FoundLink[] } {
  const batch: OwnedLink[] = [];
  const rest: FoundLink[] = [];
  const usedNodes = new Set<string>();
  for (const link of pending) {
    const [leftNode, rightNode] = [nodes.get(link.left.key), nodes.get(link.right.key)];
    if (leftNode === undefined || rightNode === undefined || leftNode === rightNode) continue;
    if (batch.length === linksPerCommit || usedNodes.has(leftNode) || usedNodes.has(rightNode)) {
      rest.push(link);
      continue;
    }
    usedNodes.add(leftNode).add(rightNode);
    batch.push({ ...link, leftNode, rightNode });
  }
  return { batch, rest };
}

async function eventsOf(batch: readonly OwnedLink[], context: LinkContext): Promise<EventInput[]> {
  const { log, clock } = context;
  const reader = openReader(log);
  const members = await loadMembers(
    log.store,
    batch.flatMap(({ leftNode, rightNode }) => [leftNode, rightNode]),
    null,
  );
  const events: EventInput[] = [];
  for (const link of batch) {
    const keys = [link.leftNode, link.rightNode].map((node) => (members.get(node) ?? []).map(({ key }) => key));
    const [leftKeys = [], rightKeys = []] = keys;
    const isAllowed = await isLinkable(reader, link, [leftKeys, rightKeys], context.decisions);
    if (isAllowed) events.push(linkEvent(link, context, clock.now()));
  }
  return events;
}

async function isLinkable(
  reader: Reader,
  link: FoundLink,
  [leftKeys, rightKeys]: readonly [readonly string[], readonly string[]],
  { applied, undoneLinks }: TenantDecisions,
): Promise<boolean> {
  if (leftKeys.length > maxMembers || rightKeys.length > maxMembers) return false;
  if (applied.some((decision) => separates(decision, leftKeys, rightKeys))) return false;
  if (undoneLinks.some((decision) => connects(decision, leftKeys, rightKeys))) return false;
  // The decision of an earlier run may wait for the projector, or was undone meanwhile.
  const id = decisionIdOf(link, reader.key);
  if ((await reader.records([reader.key(decisionRef(id))])).length > 0) return false;
  const [leftSide, rightSide] = [await peopleOf(reader, leftKeys), await peopleOf(reader, rightKeys)];
  if (leftSide.length === 0 || rightSide.length === 0 || haveRefusedIdentifier(leftSide, rightSide)) return false;
  // A cluster with two accounts has two pages, and it is open which of them is a record's.
  const everybody = await peopleOf(reader, [...new Set([...leftKeys, ...rightKeys, ...link.cluster])]);
  return (
    !everybody.some((a, i) => everybody.slice(i + 1).some((b) => haveOtherAccounts(a, b))) &&
    !areContradicting(leftSide, rightSide)
  );
}

const peopleOf = async (reader: Reader, keys: readonly string[]): Promise<PersonRecord[]> =>
  ofKind(await reader.records(keys), "person");

const connects = ({ sides: [a, b] }: AppliedDecision, leftSide: readonly string[], rightSide: readonly string[]): boolean =>
  (a.some((key) => leftSide.includes(key)) && b.some((key) => rightSide.includes(key))) ||
  (a.some((key) => rightSide.includes(key)) && b.some((key) => leftSide.includes(key)));

type PersonRecord = StoredRecord<"person">;

/** What both have would join them by rule. The rules refused, because somebody else has it too, or a name contradicts. */
function haveRefusedIdentifier(leftSide: readonly PersonRecord[], rightSide: readonly PersonRecord[]): boolean {
  const joining = ({ identifiers }: PersonRecord): string[] =>
    identifiers
      .filter(({ kind, value }) => kind in clusteringKinds.person && !(kind === "email" && isRoleAddress(value)))
      .map(nameOf);
  const leftNames = new Set(leftSide.flatMap(joining));
  return rightSide.some((record) => joining(record).some((name) => leftNames.has(name)));
}

const nameOf = ({ kind, value }: Identifier): string => `${kind}\n${value}`;

const areContradicting = (leftSide: readonly PersonRecord[], rightSide: readonly PersonRecord[]): boolean =>
  leftSide.some((a) => rightSide.some((b) => compareNames(a.data.name, b.data.name) === "contradicting"));

/** Which account counts is for a person to decide. */
function haveOtherAccounts(a: PersonRecord, b: PersonRecord): boolean {
  const [accountA, accountB] = [accountOf(a), accountOf(b)];
  return a.connection === b.connection && accountA !== undefined && accountB !== undefined && accountA !== accountB;
}

const accountOf = ({ edges }: PersonRecord): string | undefined =>
  edges.find(({ rel }) => rel === "account" || rel === "organization")?.to;

/** The same two records give the same id, so that a repeated run makes no second decision. */
const decisionIdOf = ({ left: leftSide, right: rightSide }: FoundLink, keyOf: (ref: string) => string): string =>
  `dec_${keyOf(["model", ...[leftSide.ref, rightSide.ref].sort()].join("\n"))}`;

function linkEvent(link: OwnedLink, { modelVersion, log }: LinkContext, now: number): EventInput {
  const { left: leftSide, right: rightSide, confidence, reasons } = link;
  const draft = {
    type: "linked",
    effect: "model",
    sides: [[leftSide.ref], [rightSide.ref]],
    supersedes: [],
    subject: rightSide.ref,
  } as const;
  return decisionEvent(
    decisionIdOf(link, log.key),
    draft,
    {
      kind: "decision",
      actor: { kind: "model", id: modelVersion, role: null },
      reason: null,
      confidence: Number(confidence.toFixed(4)),
      modelVersion,
      reasons: reasons.map(({ rule, text }) => ({ rule, text })),
      request: null,
      decidedAt: new Date(now).toISOString(),
    },
    now,
  );
}
