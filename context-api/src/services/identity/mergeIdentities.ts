import type { IdentityChange, MergeRequest } from "@sidelight/contracts/identity/changes.ts";
import { separates } from "../../context/decisionsAbout.ts";
import type { DecisionDraft } from "../../identity/decisionEvent.ts";
import type { Reader } from "../../log/reader.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { chosenRecords, chosenRefs } from "./chosenValues.ts";
import type { MemberRecord } from "./customerView.ts";
import { type ChangeInput, decide } from "./decide.ts";
import { contradicted, keysOf, refsOf, targetCustomer } from "./targets.ts";

/**
 * Decides that two customers are one, and whose values it is shown with. Both ids lead to it. The records of the platforms are not
 * changed. With values, both may be the same customer already: then only the values are chosen.
 * @throws {ProblemError} invalid_ref, invalid_request, not_found, conflict, forbidden
 */
export const mergeIdentities = defineService(
  "identify",
  async (context: ServiceContext, input: MergeRequest & ChangeInput): Promise<IdentityChange> => {
    const values = chosenRefs(context, input.values);
    return await decide(context, input, {
      verb: "identity.merge",
      request: { into: input.into, from: input.from, reason: input.reason ?? null, ...(values && { values }) },
      async plan(reader) {
        const [into, from] = [
          await targetCustomer(context, reader, input.into),
          await targetCustomer(context, reader, input.from),
        ];
        if (into.kind !== from.kind)
          throw new ProblemError("invalid_request", "A person and a company cannot be one customer. Send two ids of one kind.");
        if (into.node === from.node) return [choiceOnly(into.records, values)];
        const chosen = values ? chosenRecords([...into.records, ...from.records], values) : [];
        const subject = from.records[0] ?? chosen[0];
        if (!subject) throw nothingToMerge();
        return [{ ...(await joined(reader, into.records, from.records, subject.ref)), ...(values && { values }) }];
      },
    });
  },
);

async function joined(
  reader: Reader,
  into: readonly MemberRecord[],
  from: readonly MemberRecord[],
  subject: string,
): Promise<DecisionDraft> {
  const [left, right] = [keysOf(into), keysOf(from)];
  const supersedes = await contradicted(reader, [...left, ...right], (decision) => separates(decision, left, right));
  return { type: "merged", effect: "together", sides: [refsOf(into), refsOf(from)], supersedes, subject };
}

/** The choice of values for one customer. It also decides that the chosen records are the customer's. */
function choiceOnly(records: readonly MemberRecord[], values: Record<string, string> | null): DecisionDraft {
  if (!values) throw nothingToMerge();
  const chosen = chosenRecords(records, values);
  const others = records.filter((record) => !chosen.includes(record));
  const [first, ...rest] = chosen;
  const sides = others.length > 0 ? [others, chosen] : [first ? [first] : [], rest];
  const [left = [], right = []] = sides;
  if (!first || left.length === 0 || right.length === 0)
    throw new ProblemError("conflict", "The customer has one record. There is no other value to choose.");
  return { type: "merged", effect: "together", sides: [refsOf(left), refsOf(right)], supersedes: [], subject: first.ref, values };
}

const nothingToMerge = (): ProblemError =>
  new ProblemError("conflict", "Both ids are one customer already. There is nothing to merge.");
