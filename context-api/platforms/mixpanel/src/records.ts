import { isFreeMail } from "@sidelight/model/freeMail.ts";
import type { Identifier, MembershipData, RecordInput, UsageData } from "@sidelight/model/records.ts";
import { domainOfEmail, normalizeEmail, normalizePhone } from "@sidelight/model/refs.ts";
import type { Profile } from "./client.ts";
import type { MixpanelOptions } from "./options.ts";

const platform = "mixpanel";
export const userRef = (id: string) => `mixpanel.user:${id}`;
export const usageRef = (id: string) => `mixpanel.usage:${id}`;
export const cohortRef = (id: string) => `mixpanel.cohort:${id}`;
export const membershipRef = (cohort: string, id: string) => `mixpanel.membership:${cohort}/${id}`;

export function profileRecord(
  profile: Profile,
  mapping: MixpanelOptions["mapping"],
  origin: { connection: string; observedAt: number },
): RecordInput {
  const id = profile.$distinct_id;
  const property = (name: string | null) => (name === null ? undefined : profile.$properties[name]);
  const text = (name: string | null) => {
    const value = property(name);
    return typeof value === "string" ? value : null;
  };
  // A distinct id may itself be an address.
  const emails = [...new Set([normalizeEmail(text(mapping.email)), normalizeEmail(id)].filter((e) => e !== null))];
  const phone = normalizePhone(text(mapping.phone));
  const identifiers: Identifier[] = [
    { kind: "product_user", value: id },
    ...emails.map((value) => ({ kind: "email" as const, value })),
    ...emails.flatMap((e) => {
      const domain = domainOfEmail(e);
      return domain && !isFreeMail(domain) ? [{ kind: "email_domain" as const, value: domain }] : [];
    }),
  ];
  if (phone) identifiers.push({ kind: "phone", value: phone });
  const optedOut = property(mapping.optOut);
  return {
    ref: userRef(id),
    platform,
    object: "user",
    subject: userRef(id),
    changedAt: null,
    ...origin,
    identifiers,
    edges: [],
    data: {
      kind: "person",
      name: text(mapping.name),
      emails,
      phones: phone ? [phone] : [],
      title: null,
      optedOut: optedOut === true || optedOut === "true",
    },
  };
}

export function usageRecord(id: string, data: UsageData, origin: { connection: string; observedAt: number }): RecordInput {
  return {
    ref: usageRef(id),
    platform,
    object: "usage",
    subject: userRef(id),
    changedAt: null,
    ...origin,
    identifiers: [],
    edges: [{ rel: "user", to: userRef(id) }],
    data,
  };
}

export function membershipRecord(
  id: string,
  data: MembershipData,
  origin: { connection: string; observedAt: number },
): RecordInput {
  return {
    ref: membershipRef(data.cohort.id, id),
    platform,
    object: "membership",
    subject: userRef(id),
    changedAt: null,
    ...origin,
    identifiers: [],
    edges: [
      { rel: "user", to: userRef(id) },
      // Only current members point at the cohort, so that former members are not read.
      ...(data.isIn ? [{ rel: "member_of" as const, to: cohortRef(data.cohort.id) }] : []),
    ],
    data,
  };
}
