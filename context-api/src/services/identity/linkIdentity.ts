import type { IdentityChange, LinkRequest } from "@sidelight/contracts/identity/changes.ts";
import { joins, separates } from "../../context/decisionsAbout.ts";
import type { DecisionDraft } from "../../identity/decisionEvent.ts";
import type { Reader } from "../../log/reader.ts";
import { readRef } from "../contexts/contextQuery.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, requireRef, type ServiceContext } from "../service.ts";
import { type MemberRecord, memberRecords } from "./customerView.ts";
import { type ChangeInput, decide } from "./decide.ts";
import { contradicted, keysOf, refsOf, type TargetCustomer, targetCustomer, targetRecord } from "./targets.ts";

/**
 * Decides that a record belongs to a customer, for everybody. An address decides whose it is.
 * @throws {ProblemError} invalid_ref, invalid_request, not_found, conflict, forbidden
 */
export const linkIdentity = defineService(
  "identifyOwn",
  async (context: ServiceContext, input: LinkRequest & ChangeInput): Promise<IdentityChange> => {
    const { ref, to } = input;
    const parsed = readRef(ref, context.served.tenant);
    requireRef(context.actor, parsed.ref);
    return await decide(context, input, {
      verb: "identity.link",
      request: { ref: parsed.ref, to, reason: input.reason ?? null },
      async plan(reader) {
        const customer = await targetCustomer(context, reader, to);
        return parsed.kind === "email"
          ? [await ownerOfAddress(reader, parsed.value, customer)]
          : await joinRecord(reader, await targetRecord(context, reader, ref), customer);
      },
    });
  },
);

async function joinRecord(reader: Reader, record: MemberRecord, customer: TargetCustomer): Promise<DecisionDraft[]> {
  if (record.data.kind !== customer.kind)
    throw new ProblemError("invalid_request", "A person and a company cannot be one customer. Send a customer of the same kind.");
  const others = customer.records.filter(({ key }) => key !== record.key);
  if (others.length === 0) throw new ProblemError("conflict", "The record is this customer already. There is nothing to link.");
  const [own, staying] = [[record.key], keysOf(others)];
  const rivals = await rivalsOf(reader, record, others);
  const replaced = await contradicted(reader, own, (decision) => {
    const isEarlierLink = joins(decision, own, decision.sides.flat()) && !joins(decision, own, staying);
    return separates(decision, own, staying) || isEarlierLink;
  });
  const link: DecisionDraft = {
    type: "linked",
    effect: "together",
    sides: [refsOf(others), [record.ref]],
    supersedes: replaced,
    subject: record.ref,
  };
  if (rivals.length === 0) return [link];
  const unlink: DecisionDraft = {
    ...link,
    type: "unlinked",
    effect: "apart",
    sides: [refsOf(rivals), [record.ref]],
    supersedes: [],
  };
  return [unlink, link];
}

/**
 * The records of the record's present customer that cannot be the new customer's, because a source of theirs has one there too. Other
 * records follow, as the profile in the product does.
 */
async function rivalsOf(reader: Reader, record: MemberRecord, others: readonly MemberRecord[]): Promise<MemberRecord[]> {
  const node = await reader.nodeOf(record.key);
  if (node === null) return [];
  const members = memberRecords(await reader.records((await reader.membersOf(node)).map(({ key }) => key)));
  const [otherKeys, connections] = [new Set(keysOf(others)), new Set(others.map(({ connection }) => connection))];
  if (members.some(({ key }) => otherKeys.has(key))) return [];
  return members.filter(({ key, connection }) => key !== record.key && connections.has(connection));
}

/** The address leads to this customer: other records with it no longer count as its holders. */
async function ownerOfAddress(reader: Reader, address: string, customer: TargetCustomer): Promise<DecisionDraft> {
  const holders = memberRecords(await reader.records(await reader.holders("email", address)));
  const ownKeys = new Set(keysOf(customer.records));
  const owners = holders.filter(({ key }) => ownKeys.has(key));
  const others = holders.filter(({ key }) => !ownKeys.has(key));
  const [first] = others;
  if (owners.length === 0)
    throw new ProblemError("conflict", "No record of this customer has the address. Link the record of the requester instead.");
  if (!first) throw new ProblemError("conflict", "The address leads to this customer already. There is nothing to link.");
  const [staying, leaving] = [keysOf(owners), keysOf(others)];
  const replaced = await contradicted(reader, [...staying, ...leaving], (decision) => separates(decision, leaving, staying));
  return { type: "linked", effect: "apart", sides: [refsOf(owners), refsOf(others)], supersedes: replaced, subject: first.ref };
}
