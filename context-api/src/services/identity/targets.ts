import type { StoredRecord } from "@sidelight/model/records.ts";
import type { ParsedRef } from "@sidelight/model/refs.ts";
import { type AppliedDecision, decisionsAbout } from "../../context/decisionsAbout.ts";
import { personRels } from "../../context/ownCompany.ts";
import { resolve } from "../../context/resolve.ts";
import type { Reader } from "../../log/reader.ts";
import { readRef } from "../contexts/contextQuery.ts";
import { ProblemError } from "../problemError.ts";
import type { ServiceContext } from "../service.ts";
import { customerRecords, type MemberRecord, memberRecords } from "./customerView.ts";

/** A customer of today with its records, oldest first. */
export interface TargetCustomer {
  kind: "person" | "company";
  node: string;
  records: MemberRecord[];
}

/**
 * The one customer of a ref.
 * @throws {ProblemError} invalid_ref, not_found, conflict
 */
export async function targetCustomer({ served }: ServiceContext, reader: Reader, text: string): Promise<TargetCustomer> {
  return await customerOf(reader, readRef(text, served.tenant));
}

export async function customerOf(reader: Reader, ref: ParsedRef): Promise<TargetCustomer> {
  const resolution = await resolve(reader, ref);
  if (resolution.state === "none") throw noCustomer();
  if (resolution.state === "ambiguous")
    throw new ProblemError("conflict", "Several customers match this ref. Use the id of one of the candidates of its context.");
  const { kind, node } = resolution;
  const records = (await customerRecords(reader, `${kind}:${node}`)).map(({ record }) => record);
  return { kind, node, records };
}

const noCustomer = () =>
  new ProblemError("not_found", "Sidelight has no customer for this ref. Check the ref, or open its context first.");

/**
 * The record of a person or company that a ref names. A ticket or case means the record of its requester.
 * @throws {ProblemError} invalid_ref, not_found, invalid_request
 */
export async function targetRecord({ served }: ServiceContext, reader: Reader, text: string): Promise<MemberRecord> {
  const ref = readRef(text, served.tenant);
  if (ref.kind !== "object")
    throw new ProblemError(
      "invalid_request",
      "Send the ref of a record, for example zendesk.ticket:5158 or salesforce.contact:003….",
      {
        errors: [{ pointer: "/ref", detail: "not the ref of a record" }],
        stage: "validate",
      },
    );
  const [object] = await reader.records([reader.key(ref.ref)]);
  const [record] = memberRecords(object ? [object] : []);
  if (record) return record;
  const requester = object?.edges.find(({ rel }) => personRels.includes(rel));
  const [person] = requester ? memberRecords(await reader.records([reader.key(requester.to)])) : [];
  if (!person) throw noRecord(object);
  return person;
}

const noRecord = (object: StoredRecord | undefined): ProblemError =>
  object
    ? new ProblemError("not_found", "The record names no person that Sidelight has. Send the ref of the person's record.")
    : new ProblemError("not_found", "Sidelight has no record with this ref. Check the ref, or open its context first.");

/** Refs of decisions that contradict a new one, and that it replaces. */
export async function contradicted(
  reader: Reader,
  keys: readonly string[],
  isContradicting: (decision: AppliedDecision) => boolean,
): Promise<string[]> {
  const decisions = await decisionsAbout(reader, keys);
  return decisions.filter(isContradicting).map(({ decision }) => decision.ref);
}

export const keysOf = (records: readonly MemberRecord[]): string[] => records.map(({ key }) => key);
export const refsOf = (records: readonly MemberRecord[]): string[] => records.map(({ ref }) => ref);
