import type { DecisionEffect } from "@sidelight/model/records.ts";

/** Identifiers that make two records one customer, with their confidence. Phone numbers are shared too often and serve look-ups only. */
export const clusteringKinds = {
  // `product_user_case` is the user's id without its case.
  person: { crm_id: 0.98, email: 0.99, product_user: 0.97, product_user_case: 0.95 },
  company: { crm_id: 0.98, domain: 0.9 },
} as const;
export type CustomerKind = keyof typeof clusteringKinds;

/** What a person decided is certain. The model links only what it estimates to be right in 99 of 100 cases. */
const decisionConfidence: Record<string, number> = { linked: 1, model: 0.99 };

/** Confidence of a match by this rule, 0 to 1. */
export function confidenceOf(rule: string): number {
  return { ...clusteringKinds.person, ...clusteringKinds.company, ...decisionConfidence }[rule as "email"] ?? 1;
}

/** The part of a record that decides which customer it belongs to. */
export interface ClusterRecord {
  key: string;
  /** Sequence of its first version. The oldest record names the customer. */
  firstSeq: number;
  /** `connection.object` */
  type: string;
  identifiers: { kind: string; identifier: string }[];
  /** Key of the account it belongs to; null when the record names none. */
  account: string | null;
  /** Name of the person or company; null when it is not known. */
  name?: string | null;
  /** Keyed name, from a source that keeps one record for each person: two such records with different names are two people. */
  distinctName?: string | null;
  /** True for a company record of the CRM itself. Two of one type are two companies. */
  isAccount?: boolean;
}

/**
 * A decision that applies. `together`: a person joined one record of each side. `model`: the model did. `apart`: side 1 left side 0, and
 * no longer counts for what both have. `split`: the same, and side 1 is one customer. `distinct`: both sides stay two customers.
 */
export interface ClusterDecision {
  /** Key of the decision's record. */
  key: string;
  sequence: number;
  effect: DecisionEffect;
  /** Keys of records. */
  sides: readonly [readonly string[], readonly string[]];
}

/**
 * More records than this share an identifier only if it names no customer: a placeholder, or the address of an office. Above it the holders
 * are neither read nor matched, so that an event about one of them costs the same however many there are.
 */
export const maxHolders = 50;

/** True for a decision that keeps its sides two customers. */
export const keepsApart = ({ effect }: ClusterDecision): boolean =>
  effect === "apart" || effect === "split" || effect === "distinct";

/** True for a decision by which one side left the other. */
export const isLeaving = ({ effect }: ClusterDecision): boolean => effect === "apart" || effect === "split";
