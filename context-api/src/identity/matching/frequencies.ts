import { companyNames, type Fact } from "./comparison.ts";
import type { FrequencyOf } from "./model.ts";
import type { Person } from "./person.ts";

/**
 * Other holders of a value that one person has in this set, as a number of people. A mailbox or an id has one owner, so a second one is
 * rare; a name is given to the next person as likely as its share says.
 */
const unseenHolders: Partial<Record<Fact, number>> = {
  given: 0.5,
  family: 0.5,
  birth: 0.3,
  address: 0.5,
  email: 0.02,
  phone: 0.05,
  company: 0.5,
  ids: 0.02,
};
/** Values that people of contradicting names hold are no evidence at all. The holders of any other are taken for one person. */
const personal = new Set<Fact>(["email", "phone", "ids"]);
/** The least share of people who have a value, where a set is too small to show it. */
const minShare: Partial<Record<Fact, number>> = {
  given: 0.0004,
  family: 0.0001,
  birth: 0.00004,
  address: 0.0001,
  company: 0.002,
};
/** People of an imagined population that every set is a part of, with average values. Small sets prove little about frequencies. */
const backgroundPeople = 300;
const backgroundShare: Partial<Record<Fact, number>> = {
  given: 0.004,
  family: 0.0008,
  birth: 0.0001,
  address: 0.004,
  company: 0.01,
};

/** Values of a record whose agreement is worth as much as they are rare. */
function* valuesOf(person: Person): Generator<[Fact, string]> {
  const first = person.given[0] ?? person.single;
  if (first) yield ["given", first.key];
  if (person.family.length > 0) yield ["family", person.family.map(({ key }) => key).join("")];
  if (person.birth) yield ["birth", person.birth];
  if (person.address?.postcode) yield ["address", `p${person.address.postcode}`];
  if (person.address?.locality) yield ["address", `l${person.address.locality}`];
  for (const { mailbox } of person.emails) yield ["email", mailbox];
  for (const number of person.phones) yield ["phone", number];
  for (const name of companyNames(person)) yield ["company", name];
  for (const { id } of person.ids) yield ["ids", id];
}

/** Frequencies among people: records of one cluster count once. @param clusterOf number of a record's cluster */
export function frequenciesOf(people: readonly Person[], clusterOf: (index: number) => number): FrequencyOf {
  const holders = new Map<string, { count: number; last: number }>();
  const order = people.map((_, index) => index).sort((a, b) => clusterOf(a) - clusterOf(b) || a - b);
  let clusters = 0;
  let lastCluster = -1;
  for (const index of order) {
    const cluster = clusterOf(index);
    if (cluster !== lastCluster) clusters++;
    lastCluster = cluster;
    const person = people[index];
    if (!person) continue;
    for (const [fact, value] of valuesOf(person)) {
      const key = `${fact} ${value}`;
      const holder = holders.get(key);
      if (!holder) holders.set(key, { count: 1, last: cluster });
      else if (holder.last !== cluster) {
        holder.count++;
        holder.last = cluster;
      }
    }
  }
  return (fact, value) => {
    const background = backgroundShare[fact] ?? 0;
    const others = personal.has(fact)
      ? (unseenHolders[fact] ?? 0)
      : Math.max(0, (holders.get(`${fact} ${value}`)?.count ?? 1) - 1) + (unseenHolders[fact] ?? 0);
    const share = (others + background * backgroundPeople) / (clusters + backgroundPeople);
    return Math.max(share, minShare[fact] ?? 0);
  };
}
