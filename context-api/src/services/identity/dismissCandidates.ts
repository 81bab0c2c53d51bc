import type { DismissRequest, IdentityChange } from "@sidelight/contracts/identity/changes.ts";
import type { Reader } from "../../log/reader.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { customerRecords, type MemberRecord } from "./customerView.ts";
import { type ChangeInput, type DecisionDraft, decide } from "./decide.ts";
import { contradicted, joins, keysOf, refsOf } from "./targets.ts";

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
      plan: async (reader) => await Promise.all([...new Set(input.candidates)].map((id) => draftOf(reader, id))),
    }),
);

async function draftOf(reader: Reader, id: string): Promise<DecisionDraft> {
  const [left = "", right = ""] = id.split(".");
  const sides = [await recordsOfNode(reader, left), await recordsOfNode(reader, right)] as const;
  const [subject] = sides[1];
  if (sides[0].length === 0 || !subject)
    throw new ProblemError("not_found", "One of the suggestions is gone. Read the suggestions again.");
  const [leftKeys, rightKeys] = [keysOf(sides[0]), keysOf(sides[1])];
  const supersedes = await contradicted(reader, [...leftKeys, ...rightKeys], (decision) => joins(decision, rightKeys, leftKeys));
  return { type: "dismissed", effect: "distinct", sides: [refsOf(sides[0]), refsOf(sides[1])], supersedes, subject: subject.ref };
}

const recordsOfNode = async (reader: Reader, node: string): Promise<MemberRecord[]> =>
  (await customerRecords(reader, `person:${node}`)).map(({ record }) => record);
