import type { Identity, IdentityLink, IdentityMember } from "@sidelight/contracts/identity/identity.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { ofKind } from "@sidelight/model/records.ts";
import { type AppliedDecision, decisionsAbout } from "../../context/decisionsAbout.ts";
import { confidenceOf } from "../../identity/clusterRecord.ts";
import { openReader, type Reader } from "../../log/reader.ts";
import { readRef } from "../contexts/contextQuery.ts";
import { defineService, requireRef, type ServiceContext } from "../service.ts";
import { candidatesOf } from "./candidatesOf.ts";
import { customerRecords, labelOf, type MemberRecord, recordLabel } from "./customerView.ts";
import { decisionViews } from "./decisionView.ts";
import { factsOf, isJoining, reasonsOf } from "./reasons.ts";
import { strikesOf } from "./strikeView.ts";
import { customerOf, keysOf } from "./targets.ts";

/**
 * Why records are one customer, and what was decided about them. An id that led to the customer before leads on.
 * @throws {ProblemError} invalid_ref, not_found, conflict, forbidden
 */
export const getIdentity = defineService(
  "identifyOwn",
  async (context: ServiceContext, { ref }: { ref: string }): Promise<Identity> => {
    const { served, actor } = context;
    const parsed = readRef(ref, served.tenant);
    requireRef(actor, parsed.ref);
    const reader = openReader(served.tenant.log);
    const { kind, node } = await customerOf(reader, parsed);
    const id = `${kind}:${node}`;
    const members = await customerRecords(reader, id);
    const records = members.map(({ record }) => record);
    const decisions = await decisionsAbout(reader, keysOf(records));
    const identity = {
      id,
      kind,
      label: labelOf(records),
      members: members.map(({ record, rule }): IdentityMember => {
        const others = records.filter(({ key }) => key !== record.key);
        const { ref: recordRef, platform, object } = record;
        return {
          ref: recordRef,
          label: recordLabel(record),
          platform,
          object,
          facts: factsOf(record),
          link: linkOf(record, rule, decisions),
          reasons: reasonsOf(kind, record, others, decisions),
        };
      }),
      history: await historyOf(reader, keysOf(records)),
      candidates: await candidatesOf(context, { kind, id, records }),
      strikes: await strikesOf(served.tenant.log, kind, records),
    };
    const { value, masked } = maskDeep(identity, actor.rights);
    return { ...value, masked };
  },
);

function linkOf(record: MemberRecord, rule: string, decisions: readonly AppliedDecision[]): IdentityLink {
  if (rule !== "linked" && rule !== "model") {
    const name = rule === "founder" ? "first" : rule;
    return { rule: name, by: "rule", confidence: confidenceOf(rule), decision: null, modelVersion: null };
  }
  const joining = decisions.filter(({ effect }) => isJoining(effect) && (effect === "model") === (rule === "model"));
  const own = joining.find(({ sides }) => sides.flat().includes(record.key)) ?? joining[0];
  const data = own?.decision.data;
  const by = rule === "model" ? "model" : "person";
  const confidence = data?.confidence ?? confidenceOf(rule);
  return { rule, by, confidence, decision: own?.decision.id ?? null, modelVersion: data?.modelVersion ?? null };
}

/** Decisions that an answer lists. */
const maxDecisions = 100;

/** All decisions about these records, newest first, with those that were undone and their undos. */
async function historyOf(reader: Reader, keys: readonly string[]): Promise<Identity["history"]> {
  const decisions = new Map(
    ofKind(await reader.pointingAt(keys, ["decided"], ["decision"]), "decision").map((decision) => [decision.key, decision]),
  );
  let pending = [...decisions.keys()];
  while (pending.length > 0) {
    const successors = ofKind(await reader.pointingAt(pending, ["supersedes"], ["decision"]), "decision");
    const added = successors.filter(({ key }) => !decisions.has(key));
    for (const decision of added) decisions.set(decision.key, decision);
    pending = added.map(({ key }) => key);
  }
  const newest = [...decisions.values()].sort((a, b) => b.sequence - a.sequence).slice(0, maxDecisions);
  return await decisionViews(reader, newest);
}
