import type { IdentityChange, UnlinkRequest } from "@sidelight/contracts/identity/changes.ts";
import { joins } from "../../context/decisionsAbout.ts";
import { readRef } from "../contexts/contextQuery.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, requireRef, type ServiceContext } from "../service.ts";
import { type ChangeInput, decide } from "./decide.ts";
import { contradicted, keysOf, refsOf, targetCustomer, targetRecord } from "./targets.ts";

/**
 * Decides that a record is not this customer's. What both have counts for the other records from then on.
 * @throws {ProblemError} invalid_ref, invalid_request, not_found, conflict, forbidden
 */
export const unlinkIdentity = defineService(
  "identifyOwn",
  async (context: ServiceContext, input: UnlinkRequest & ChangeInput): Promise<IdentityChange> => {
    const { ref, from } = input;
    const parsed = readRef(ref, context.served.tenant);
    requireRef(context.actor, parsed.ref);
    return await decide(context, input, {
      verb: "identity.unlink",
      request: { ref: parsed.ref, from: from ?? null, reason: input.reason ?? null },
      async plan(reader) {
        const record = await targetRecord(context, reader, ref);
        const customer = await targetCustomer(context, reader, from ?? record.ref);
        const others = customer.records.filter(({ key }) => key !== record.key);
        if (others.length === customer.records.length)
          throw new ProblemError("conflict", "The record does not belong to this customer. There is nothing to unlink.");
        if (others.length === 0)
          throw new ProblemError("conflict", "The record is the only one of its customer. There is nothing to unlink.");
        const replaced = await contradicted(reader, [record.key], (decision) => joins(decision, [record.key], keysOf(others)));
        const sides = [refsOf(others), [record.ref]] as const;
        return [{ type: "unlinked", effect: "apart", sides, supersedes: replaced, subject: record.ref }];
      },
    });
  },
);
