import type { DismissRequest, IdentityChange } from "@sidelight/contracts/identity/changes.ts";
import { joins } from "../../context/decisionsAbout.ts";
import type { DecisionDraft } from "../../identity/decisionEvent.ts";
import type { Reader } from "../../log/reader.ts";
import { loadSuggestions, type SuggestionRow } from "../../store/tables/identitySuggestions.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { customerRecords, type MemberRecord } from "./customerView.ts";
import { type ChangeInput, decide } from "./decide.ts";
import { contradicted, keysOf, refsOf } from "./targets.ts";

/**
 * Decides that the customers of suggestions are not one. They are not suggested again.
 * @throws {ProblemError} not_found, forbidden
 */
export const dismissCandidates = defineService(
  "identify",
  async (context: ServiceContext, input: DismissRequest & ChangeInput): Promise<IdentityChange> =>
    await decide(context, input, {
      verb: "identity.dismiss",
      request: { candidates: input.candidates, reason: input.reason ?? null },
      async plan(reader) {
        const ids = [...new Set(input.candidates)];
        const rows = new Map((await loadSuggestions(context.served.tenant.log.store, ids)).map((row) => [row.id, row]));
        return await Promise.all(ids.map((id) => draftOf(reader, id, rows.get(id))));
      },
    }),
);

async function draftOf(reader: Reader, id: string, row: SuggestionRow | undefined): Promise<DecisionDraft> {
  const [left = "", right = ""] = row ? await nodesOf(reader, row) : id.split(".");
  const sides = [await recordsOfNode(reader, left), await recordsOfNode(reader, right)] as const;
  const [subject] = sides[1];
  if (left === right || sides[0].length === 0 || !subject)
    throw new ProblemError("not_found", "One of the suggestions is gone. Read the suggestions again.");
  const [leftKeys, rightKeys] = [keysOf(sides[0]), keysOf(sides[1])];
  const supersedes = await contradicted(reader, [...leftKeys, ...rightKeys], (decision) => joins(decision, rightKeys, leftKeys));
  return { type: "dismissed", effect: "distinct", sides: [refsOf(sides[0]), refsOf(sides[1])], supersedes, subject: subject.ref };
}

/** The customers of a stored suggestion today. Their ids may have changed since it was found. */
async function nodesOf(reader: Reader, { left_key, right_key }: SuggestionRow): Promise<string[]> {
  const nodes = await reader.nodesOf([left_key, right_key]);
  return [nodes.get(left_key) ?? "", nodes.get(right_key) ?? ""];
}

/** Records of a person or a company: an id of a suggestion does not say which. */
const recordsOfNode = async (reader: Reader, node: string): Promise<MemberRecord[]> =>
  (await customerRecords(reader, node)).map(({ record }) => record);
