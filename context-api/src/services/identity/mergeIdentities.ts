import type { IdentityChange, MergeRequest } from "@sidelight/contracts/identity/changes.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { type ChangeInput, decide } from "./decide.ts";
import { contradicted, keysOf, refsOf, separates, targetCustomer } from "./targets.ts";

/**
 * Decides that two customers are one. Both ids lead to it. The records of the platforms are not changed.
 * @throws {ProblemError} invalid_ref, invalid_request, not_found, conflict, forbidden
 */
export const mergeIdentities = defineService(
  "identify",
  async (context: ServiceContext, input: MergeRequest & ChangeInput): Promise<IdentityChange> =>
    await decide(context, input, {
      verb: "identity.merge",
      request: { into: input.into, from: input.from, reason: input.reason ?? null },
      async plan(reader) {
        const [into, from] = [
          await targetCustomer(context, reader, input.into),
          await targetCustomer(context, reader, input.from),
        ];
        if (into.kind !== from.kind)
          throw new ProblemError("invalid_request", "A person and a company cannot be one customer. Send two ids of one kind.");
        const [subject] = from.records;
        if (into.node === from.node || !subject)
          throw new ProblemError("conflict", "Both ids are one customer already. There is nothing to merge.");
        const [left, right] = [keysOf(into.records), keysOf(from.records)];
        const replaced = await contradicted(reader, [...left, ...right], (decision) => separates(decision, left, right));
        const sides = [refsOf(into.records), refsOf(from.records)] as const;
        return [{ type: "merged", effect: "together", sides, supersedes: replaced, subject: subject.ref }];
      },
    }),
);
