import type { IdentityChange, UndoRequest } from "@sidelight/contracts/identity/changes.ts";
import type { DecisionData, StoredRecord } from "@sidelight/model/records.ts";
import { decisionsAbout, isSuperseded } from "../../context/decisionsAbout.ts";
import type { Reader } from "../../log/reader.ts";
import { ProblemError, shownId } from "../problemError.ts";
import { defineService, mayRead, type ServiceContext } from "../service.ts";
import { type ChangeInput, decide, loadDecisions } from "./decide.ts";
import { decidedRefs } from "./decisionView.ts";
import { targetRecord } from "./targets.ts";

/**
 * Undoes decisions: what was before applies again, also the decisions that they had replaced. An undo can be undone.
 * @throws {ProblemError} not_found, conflict, forbidden
 */
export const undoDecisions = defineService(
  "identifyOwn",
  async (context: ServiceContext, input: UndoRequest & ChangeInput): Promise<IdentityChange> => {
    const ids = [...new Set(input.decisions)];
    return await decide(context, input, {
      verb: "identity.undo",
      request: { decisions: ids, reason: input.reason ?? null },
      async plan(reader) {
        const requested = await loadDecisions(reader, ids);
        const missing = ids.find((id) => !requested.some((decision) => decision.id === id));
        if (missing !== undefined) throw noDecision(missing);
        const decisions = await withCompanions(reader, requested);
        const [first] = decisions;
        const [subject] = first ? await decidedRefs(reader, first) : [];
        if (!subject) throw noDecision(ids[0] ?? "");
        await requireOwn(context, reader, decisions);
        for (const { id, key } of decisions)
          if (await isSuperseded(reader, key))
            throw new ProblemError(
              "conflict",
              `The decision ${shownId(id)} was undone or replaced before. Undo the later decision.`,
            );
        const supersedes = decisions.map(({ ref }) => ref);
        return [{ type: "undone", effect: null, sides: [[], []], supersedes, subject }];
      },
    });
  },
);

/** A link may first separate its record from the previous customer. Both are one change, and are undone together. */
async function withCompanions(
  reader: Reader,
  decisions: readonly StoredRecord<"decision">[],
): Promise<StoredRecord<"decision">[]> {
  const all = new Map(decisions.map((decision) => [decision.key, decision]));
  for (const { edges, data } of decisions) {
    const keys = edges.filter(({ rel }) => rel === "decided").map(({ to }) => reader.key(to));
    for (const { decision } of await decisionsAbout(reader, keys))
      if (isOfOneLink(decision.data, data)) all.set(decision.key, decision);
  }
  return [...all.values()];
}

/** The model makes each link on its own. */
const isLinkPart = ({ type, actor }: DecisionData): boolean =>
  actor.kind === "person" && (type === "linked" || type === "unlinked");
const isOfOneLink = (a: DecisionData, b: DecisionData): boolean =>
  isLinkPart(a) && isLinkPart(b) && a.decidedAt === b.decidedAt && a.actor.id === b.actor.id;

const noDecision = (id: string): ProblemError =>
  new ProblemError("not_found", `There is no decision ${shownId(id)}. GET /v1/identity/decisions lists them.`);

/** A panel session may undo decisions about its own record only. */
async function requireOwn(
  context: ServiceContext,
  reader: Reader,
  decisions: readonly StoredRecord<"decision">[],
): Promise<void> {
  const { sessionRef, person } = context.actor;
  if (sessionRef === null && person === null) return;
  const sessionRefs = sessionRef === null ? null : await ownRefs(context, reader, sessionRef);
  for (const decision of decisions) {
    const refs = await decidedRefs(reader, decision);
    if (refs.some((ref) => (sessionRefs ? sessionRefs.includes(ref) : mayRead(context.actor, ref)))) continue;
    throw new ProblemError("forbidden", "This panel session is for another customer. Create a session for this one.", {
      stage: "authorize",
    });
  }
}

const ownRefs = async (context: ServiceContext, reader: Reader, ref: string): Promise<string[]> =>
  ref.startsWith("email:") ? await addressRefs(reader, ref) : [(await targetRecord(context, reader, ref)).ref];

async function addressRefs(reader: Reader, ref: string): Promise<string[]> {
  const holders = await reader.holders("email", ref.slice("email:".length));
  return (await reader.records(holders)).map((record) => record.ref);
}
