import type { IdentityChange, SplitRequest } from "@sidelight/contracts/identity/changes.ts";
import { joins } from "../../context/decisionsAbout.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { type ChangeInput, decide } from "./decide.ts";
import { contradicted, keysOf, refsOf, targetCustomer, targetRecord } from "./targets.ts";

/**
 * Decides that some records of a customer are another customer, which gets an id of its own.
 * @throws {ProblemError} invalid_ref, invalid_request, not_found, conflict, forbidden
 */
export const splitIdentity = defineService(
  "identify",
  async (context: ServiceContext, input: SplitRequest & ChangeInput): Promise<IdentityChange> =>
    await decide(context, input, {
      verb: "identity.split",
      request: { id: input.id, refs: input.refs, reason: input.reason ?? null },
      async plan(reader) {
        const customer = await targetCustomer(context, reader, input.id);
        const leaving = await Promise.all(input.refs.map((ref) => targetRecord(context, reader, ref)));
        const leavingKeys = new Set(keysOf(leaving));
        const staying = customer.records.filter(({ key }) => !leavingKeys.has(key));
        const [subject] = leaving;
        if (!subject || leaving.some(({ key }) => !customer.records.some((record) => record.key === key)))
          throw new ProblemError("conflict", "Not all of these records belong to the customer. Send some of its records.");
        if (staying.length === 0)
          throw new ProblemError("conflict", "These are all records of the customer. Leave out those that stay.");
        const replaced = await contradicted(reader, [...leavingKeys], (decision) =>
          joins(decision, [...leavingKeys], keysOf(staying)),
        );
        const sides = [refsOf(staying), [...new Set(refsOf(leaving))]] as const;
        return [{ type: "split", effect: "split", sides, supersedes: replaced, subject: subject.ref }];
      },
    }),
);
