import { compare, given, type SharedValues } from "./comparison.ts";
import type { Person } from "./person.ts";

/** More records than this hold a value only if it names no person. */
const maxHolders = 50;

export interface Strike {
  kind: "email" | "phone" | "id";
  value: string;
  holders: number;
  reason: "over_cap" | "contested" | "role";
}

const nothingShared: SharedValues = { mailboxes: new Set(), phones: new Set(), ids: new Set() };

/** Finds the values that are no evidence: too many hold them, or people whose names contradict each other do. */
export function findSharedValues(people: readonly Person[]): { shared: SharedValues; strikes: Strike[] } {
  const holders = new Map<string, { kind: Strike["kind"]; value: string; people: Person[]; isRole: boolean }>();
  const add = (kind: Strike["kind"], value: string, person: Person, isRole = false): void => {
    const entry = holders.get(`${kind} ${value}`);
    if (!entry) holders.set(`${kind} ${value}`, { kind, value, people: [person], isRole });
    else entry.people.push(person);
  };
  for (const person of people) {
    for (const { mailbox, isRole } of person.emails) add("email", mailbox, person, isRole);
    for (const number of person.phones) add("phone", number, person);
    for (const { id } of person.ids) add("id", id, person);
  }
  const strikes: Strike[] = [];
  for (const { kind, value, people: members, isRole } of holders.values()) {
    const reason = isRole ? "role" : members.length > maxHolders ? "over_cap" : isContested(members) ? "contested" : null;
    if (reason !== null) strikes.push({ kind, value, holders: members.length, reason });
  }
  const valuesOf = (kind: Strike["kind"]) => new Set(strikes.filter((strike) => strike.kind === kind).map(({ value }) => value));
  return { shared: { mailboxes: valuesOf("email"), phones: valuesOf("phone"), ids: valuesOf("id") }, strikes };
}

/** True when many of the holders have different given names, and no birth date says that they are one person. */
function isContested(members: readonly Person[]): boolean {
  if (members.length < 2) return false;
  let named = 0;
  let apart = 0;
  for (const [i, a] of members.entries()) {
    for (const b of members.slice(i + 1)) {
      const { levels } = compare(a, b, nothingShared);
      const [givenLevel = 0, , birthLevel = 0] = levels;
      if (givenLevel === given.missing) continue;
      named++;
      if (givenLevel === given.different && (birthLevel === 0 || birthLevel === 4)) apart++;
    }
  }
  return apart > 0 && apart >= named * 0.3;
}
