import type { ParsedRef } from "@sidelight/model/refs.ts";
import type { Reader } from "../../log/reader.ts";
import { readRef } from "../contexts/contextQuery.ts";
import type { MemberRecord } from "../identity/customerView.ts";
import { customerOf, type TargetCustomer } from "../identity/targets.ts";
import { ProblemError } from "../problemError.ts";
import { requireRef, type ServiceContext } from "../service.ts";

/** The one customer that an action is about. */
export interface ActionTarget {
  parsed: ParsedRef;
  /** `person:…` or `company:…` */
  customer: string;
  kind: TargetCustomer["kind"];
  /** All records of the customer, oldest first. */
  records: readonly MemberRecord[];
  /** The record that the ref names, or the requester's of a ticket; otherwise the oldest one of the customer. */
  record: MemberRecord;
}

/** @throws {ProblemError} invalid_ref, forbidden */
export function ownRef({ served, actor }: ServiceContext, text: string): ParsedRef {
  const parsed = readRef(text, served.tenant);
  requireRef(actor, parsed.ref);
  return parsed;
}

/** @throws {ProblemError} not_found without a customer, conflict when several match: no one else may decide who is meant */
export async function actionTarget(reader: Reader, parsed: ParsedRef): Promise<ActionTarget> {
  const { kind, node, records } = await customerOf(reader, parsed);
  const namedRefs = parsed.kind === "object" ? await namedRecords(reader, parsed.ref) : [];
  const record = records.find(({ ref }) => namedRefs.includes(ref)) ?? records[0];
  if (!record) throw new ProblemError("not_found", "The customer has no record any more. Open its context again.");
  return { parsed, customer: `${kind}:${node}`, kind, records, record };
}

/** The record itself, and those that it points at, as a ticket at its requester. */
async function namedRecords(reader: Reader, ref: string): Promise<string[]> {
  const [object] = await reader.records([reader.key(ref)]);
  return [ref, ...(object?.edges ?? []).map(({ to }) => to)];
}
