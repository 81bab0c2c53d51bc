import type { IdentityReason, LabeledValue } from "@sidelight/contracts/identity/evidence.ts";
import { foldedUserId } from "@sidelight/model/identifiers/recordIds.ts";
import { isRoleAddress } from "@sidelight/model/identifiers/roleMailboxes.ts";
import type { Identifier } from "@sidelight/model/records.ts";
import type { AppliedDecision } from "../../context/decisionsAbout.ts";
import { type CustomerKind, clusteringKinds } from "../../identity/clusterRecord.ts";
import { withValues } from "./agreeingValues.ts";
import { addressOf, birthDateOf } from "./attributeValues.ts";
import type { MemberRecord } from "./customerView.ts";

const labels: Partial<Record<Identifier["kind"], string>> = {
  email: "email",
  role_email: "email",
  phone: "phone",
  domain: "domain",
  product_user: "productUser",
  crm_id: "crmId",
};

const texts: Record<string, string> = {
  email: "the same e-mail address",
  product_user: "the same user id in the product",
  product_user_case: "the same user id in the product, in other case",
  crm_id: "the id of the CRM's record",
  domain: "the same web domain",
};

/** What identifies a record, not masked. */
export function factsOf(record: MemberRecord): LabeledValue[] {
  const { data, identifiers } = record;
  const named = [
    { label: "name", value: data.name },
    ...(data.kind === "person" ? [{ label: "title", value: data.title }] : []),
  ].flatMap(({ label, value }) => (value ? [{ label, value }] : []));
  const attributes = [...birthDateOf(record), ...addressOf(record)];
  return [
    ...named,
    ...attributes,
    ...identifiers.flatMap(({ kind, value }) => (labels[kind] ? [{ label: labels[kind], value }] : [])),
  ];
}

/** Why a record belongs to the same customer as the others, not masked. */
export function reasonsOf(
  kind: CustomerKind,
  record: MemberRecord,
  others: readonly MemberRecord[],
  decisions: readonly AppliedDecision[],
): IdentityReason[] {
  return [...decisionReasons(record, others, decisions), ...identifierReasons(kind, record, others)];
}

function identifierReasons(kind: CustomerKind, record: MemberRecord, others: readonly MemberRecord[]): IdentityReason[] {
  return record.identifiers
    .filter((identifier) => identifier.kind in clusteringKinds[kind] && !isRole(identifier))
    .flatMap(({ kind: rule, value }) => {
      const ofOthers = others.flatMap(({ ref, identifiers }) => identifiers.map((identifier) => ({ ref, ...identifier })));
      const holders = ofOthers.filter((other) => other.kind === rule && other.value === value);
      const inOtherCase = rule === "product_user" ? ofOthers.filter((other) => differsInCase(other, value)) : [];
      const values = [{ label: labels[rule] ?? rule, value }];
      return [[rule, holders] as const, ["product_user_case", inOtherCase] as const]
        .filter(([, found]) => found.length > 0)
        .map(([name, found]) => ({ rule: name, text: texts[name] ?? name, records: [record.ref, ...refsOf(found)], values }));
    });
}

const differsInCase = (other: Identifier, id: string): boolean => {
  const folded = foldedUserId(id);
  return other.kind === "product_user" && other.value !== id && folded !== null && foldedUserId(other.value) === folded;
};

const refsOf = (holders: readonly { ref: string }[]): string[] => [...new Set(holders.map(({ ref }) => ref))];

const isRole = ({ kind, value }: Identifier): boolean => kind === "email" && isRoleAddress(value);

function decisionReasons(
  record: MemberRecord,
  others: readonly MemberRecord[],
  decisions: readonly AppliedDecision[],
): IdentityReason[] {
  return decisions
    .filter(({ effect, sides }) => isJoining(effect) && sides.flat().includes(record.key))
    .flatMap(({ effect, decision }) => {
      const records = [...new Set(decision.edges.filter(({ rel }) => rel === "decided").map(({ to }) => to))];
      const day = decision.data.decidedAt.slice(0, 10);
      const text = effect === "model" ? `linked by the model on ${day}` : `decided by a person on ${day}`;
      const other = others.find(({ ref }) => ref !== record.ref && records.includes(ref));
      const ofModel = withValues(decision.data.reasons ?? [], other ? [record, other] : null, records);
      return [{ rule: effect === "model" ? "model" : "linked", text, records, values: [] }, ...ofModel];
    });
}

/** True for a decision that joins records of both sides, or those of its second one. */
export const isJoining = (effect: AppliedDecision["effect"]): boolean =>
  effect === "together" || effect === "model" || effect === "split";
