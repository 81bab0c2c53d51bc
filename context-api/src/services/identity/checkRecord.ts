import type { CheckRequest, CheckResult } from "@sidelight/contracts/identity/check.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { inputRecord } from "../../identity/matching/inputRecord.ts";
import { openReader } from "../../log/reader.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { customerRecords } from "./customerView.ts";
import { matchesOf } from "./matches.ts";

/** Confidence from which a match is used without a question. */
export const useConfidence = 0.99;

/**
 * Whether a record that is about to be created exists already. `use`: the first match is it. `create`: nothing matches, or the customer
 * has no record of the target yet. `ask`: a person has to decide.
 */
export const checkRecord = defineService(
  "identify",
  async ({ served, actor }: ServiceContext, { record, target }: CheckRequest): Promise<CheckResult> => {
    const matches = await matchesOf(served);
    const reader = openReader(served.tenant.log);
    const found = new Map<string, CheckResult["matches"][number] & { isSure: boolean; isAtTarget: boolean }>();
    for (const { index, confidence, isContradicted, reasons } of await matches.find(
      inputRecord.parse({ ...record, id: "checked" }),
    )) {
      const owner = matches.people[index];
      const node = owner ? await reader.nodeOf(owner.record.key) : null;
      if (!owner || node === null || found.has(node)) continue;
      const refs = (await customerRecords(reader, `person:${node}`)).map((member) => member.record.ref);
      const atTarget = target === undefined ? owner.record.ref : refs.find((ref) => ref.startsWith(`${target}:`));
      const ref = atTarget ?? owner.record.ref;
      found.set(node, {
        ...{ id: `person:${node}`, ref, confidence: Number(confidence.toFixed(4)) },
        reasons: reasons.map(({ rule, text }) => ({ rule, text, records: [owner.record.ref], values: [] })),
        isSure: confidence >= useConfidence && !isContradicted,
        isAtTarget: atTarget !== undefined,
      });
    }
    const list = [...found.values()];
    const [best, second] = list;
    const isOne = best?.isSure && !second?.isSure;
    const decision = best === undefined ? "create" : !isOne ? "ask" : best.isAtTarget ? "use" : "create";
    const answer = list.map(({ id, ref, confidence, reasons }) => ({ id, ref, confidence, reasons }));
    return maskDeep({ decision, matches: answer } as const, actor.rights).value;
  },
);
