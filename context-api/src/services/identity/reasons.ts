import type { IdentityReason, LabeledValue } from "@sidelight/contracts/identity/evidence.ts";
import { isRoleAddress } from "@sidelight/model/identifiers/roleMailboxes.ts";
import type { Identifier } from "@sidelight/model/records.ts";
import type { AppliedDecision } from "../../context/decisionsAbout.ts";
import { type CustomerKind, clusteringKinds } from "../../identity/cluster.ts";
import type { MemberRecord } from "./customerView.ts";

const labels: Partial<Record<Identifier["kind"], string>> = {
  email: "email",
  phone: "phone",
  domain: "domain",
  product_user: "productUser",
  crm_id: "crmId",
};

const texts: Record<string, string> = {
  email: "the same e-mail address",
  product_user: "the same user id in the product",
  crm_id: "the id of the CRM's record",
  domain: "the same web domain",
};

/** What identifies a record, not masked. */
export function factsOf({ data, identifiers }: MemberRecord): LabeledValue[] {
  const named = [
    { label: "name", value: data.name },
    ...(data.kind === "person" ? [{ label: "title", value: data.title }] : []),
  ].flatMap(({ label, value }) => (value ? [{ label, value }] : []));
  return [...named, ...identifiers.flatMap(({ kind, value }) => (labels[kind] ? [{ label: labels[kind], value }] : []))];
}

/** Why a record belongs to the same customer as the others, not masked. */
export function reasonsOf(
  kind: CustomerKind,
  record: MemberRecord,
  others: readonly MemberRecord[],
  decisions: readonly AppliedDecision[],
): IdentityReason[] {
  return [...decisionReasons(record, decisions), ...identifierReasons(kind, record, others)];
}

function identifierReasons(kind: CustomerKind, record: MemberRecord, others: readonly MemberRecord[]): IdentityReason[] {
  return record.identifiers
    .filter((identifier) => identifier.kind in clusteringKinds[kind] && !isRole(identifier))
    .flatMap(({ kind: rule, value }) => {
      const holders = others.filter(({ identifiers }) => identifiers.some((i) => i.kind === rule && i.value === value));
      if (holders.length === 0) return [];
      const records = [record.ref, ...holders.map(({ ref }) => ref)];
      return [{ rule, text: texts[rule] ?? rule, records, values: [{ label: labels[rule] ?? rule, value }] }];
    });
}

const isRole = ({ kind, value }: Identifier): boolean => kind === "email" && isRoleAddress(value);

function decisionReasons(record: MemberRecord, decisions: readonly AppliedDecision[]): IdentityReason[] {
  return decisions
    .filter(({ effect, sides }) => isJoining(effect) && sides.flat().includes(record.key))
    .map(({ effect, decision }) => {
      const records = [...new Set(decision.edges.filter(({ rel }) => rel === "decided").map(({ to }) => to))];
      const day = decision.data.decidedAt.slice(0, 10);
      const text = effect === "model" ? `linked by the model on ${day}` : `decided by a person on ${day}`;
      return { rule: effect === "model" ? "model" : "linked", text, records, values: [] };
    });
}

/** True for a decision that joins records of both sides, or those of its second one. */
export const isJoining = (effect: AppliedDecision["effect"]): boolean =>
  effect === "together" || effect === "model" || effect === "split";
