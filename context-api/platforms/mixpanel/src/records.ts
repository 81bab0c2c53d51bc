import { consentOf } from "@sidelight/model/purposes.ts";
import type { CountedDays, MembershipData, PersonData, ProductUse, RecordInput, UsageData } from "@sidelight/model/records.ts";
import { readAttributes } from "@sidelight/platform-kit/attributes.ts";
import { withdrawnPurposes } from "@sidelight/platform-kit/consent.ts";
import { readFields } from "@sidelight/platform-kit/fieldAccess.ts";
import type { WithIdentifiers } from "@sidelight/platform-kit/identifiers.ts";
import type { Profile } from "./client.ts";
import type { MixpanelOptions } from "./options.ts";

export type Mapping = WithIdentifiers<MixpanelOptions>["mapping"];

const platform = "mixpanel";
export const userRef = (id: string) => `mixpanel.user:${id}`;
export const usageRef = (id: string) => `mixpanel.usage:${id}`;
export const cohortRef = (id: string) => `mixpanel.cohort:${id}`;
export const membershipRef = (cohort: string, id: string) => `mixpanel.membership:${cohort}/${id}`;

export function profileRecord(
  profile: Profile,
  mapping: Mapping,
  origin: { connection: string; observedAt: number },
): RecordInput {
  const id = profile.$distinct_id;
  const property = (name: string | null) =>
    name === null || !Object.hasOwn(profile.$properties, name) ? undefined : profile.$properties[name];
  const texts = (name: string | null) => textsIn(property(name));
  // A distinct id may itself be an address.
  const { emails, phones, identifiers } = mapping.identifiers.ofPerson({
    emails: [...texts(mapping.email), id],
    phones: texts(mapping.phone),
    productUser: id,
  });
  const attributes = readAttributes(mapping, property);
  const isTrue = (name: string) => isYes(property(name));
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
      name: texts(mapping.name)[0] ?? wholeName(attributes),
      emails,
      phones,
      title: null,
      ...attributes,
      ...consentOf(withdrawnPurposes(mapping.optOut, isTrue)),
      productUse: productUse(property, mapping, origin.observedAt),
      // A profile is read completely: a property that it lacks has no value.
      ...readFields(mapping.fields.person, (name) => property(name) ?? null),
    },
  };
}

/** Mixpanel shows a profile without a name of its own by these two. */
const wholeName = ({ givenName, familyName }: Pick<PersonData, "givenName" | "familyName">): string | null =>
  [givenName, familyName].filter((part) => part !== undefined).join(" ") || null;

/** The texts of a property: one, or a list. Clients choose the type of a property, and may change it. */
const textsIn = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).flatMap((element) =>
    typeof element === "number" ? [String(element)] : typeof element === "string" ? [element] : [],
  );

/** True for the ways in which clients write that somebody declined. */
const isYes = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.some(isYes)
    : value === true || value === 1 || (typeof value === "string" && /^\s*(true|yes|y|1)\s*$/i.test(value));

const awayAfterMs = 30 * 86_400_000;

/**
 * What the profile's own dates and properties tell of people whose events are older than those that were read. The time of the last
 * use is kept for people who are away only: for all others it would make a new version with each event.
 */
function productUse(
  property: (name: string | null) => unknown,
  { milestones }: MixpanelOptions["mapping"],
  observedAt: number,
): ProductUse {
  const lastSeen = profileTime(property("$last_seen"));
  const isAway = lastSeen !== null && observedAt - lastSeen >= awayAfterMs;
  return {
    since: dayText(property("$created")) ?? isoTime(profileTime(property("$created"))),
    lastSeenAt: isAway ? isoTime(lastSeen) : null,
    milestones: Object.entries(milestones)
      .filter(([, { property: name }]) => name !== undefined && isReached(property(name)))
      .map(([step]) => step)
      .sort(),
  };
}

/** True for `true`, and for the time at which a step was reached. */
const isReached = (value: unknown): boolean => value === true || value === "true" || profileTime(value) !== null;

/** Epoch ms of `2026-11-20T18:03:00`. Profile dates have no zone and are UTC. Null for anything else. */
function profileTime(value: unknown): number | null {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\d(T|$)/.test(value)) return null;
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(value.slice(10));
  const ms = Date.parse(value.length === 10 || hasZone ? value : `${value}Z`);
  return Number.isFinite(ms) ? ms : null;
}

/** A date without a time, which no time zone shifts; null for anything else. */
const dayText = (value: unknown): string | null =>
  typeof value === "string" && value.length === 10 && profileTime(value) !== null ? value : null;

const isoTime = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** New counts of these days. The writer adds them to the stored usage. */
export function usageRecord(
  id: string,
  data: UsageData,
  countedDays: CountedDays,
  origin: { connection: string; observedAt: number },
): RecordInput {
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
    counted: countedDays,
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
