import type { Edge, StoredRecord } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import type { Reader } from "../log/reader.ts";

/**
 * The company that an object names itself, as a ticket names an organization and a case an account; `node` is null while that company
 * is not in the store. An object counts to this company, whatever company its person belongs to.
 */
export interface OwnCompany {
  node: string | null;
}

/** Relations of an object to its person. */
export const personRels: readonly Edge["rel"][] = ["requester", "person", "user"];
/** Relations of an object to its company, by precedence. */
const companyRels = ["account", "organization"] as const;

/**
 * The company that an object names. Null when it counts to its person's company: because it names none, or one that was deleted, or
 * the same as its person's record and nothing else is known of that one. Such an organization has no account: only its people lead to
 * one.
 */
export async function ownCompanyOf(
  reader: Reader,
  edges: readonly Edge[],
  person: readonly Pick<StoredRecord, "edges">[],
): Promise<OwnCompany | null> {
  const companyEdges = companyRels.flatMap((rel) => edges.filter((edge) => edge.rel === rel));
  if (companyEdges.length === 0) return null;
  const keys = companyEdges.map(({ to }) => reader.key(to));
  const nodes = await reader.nodesOf(keys);
  const deletedKeys = await reader.deletedKeys(keys.filter((key) => !nodes.has(key)));
  const targets = companyEdges.filter(({ to }) => !deletedKeys.has(reader.key(to)));
  const [first] = targets;
  if (!first) return null;
  const target = targets.find(({ to }) => nodes.has(reader.key(to))) ?? first;
  const node = nodes.get(reader.key(target.to)) ?? null;
  const isShared = person.some((record) => record.edges.some(({ rel, to }) => rel === target.rel && to === target.to));
  return isShared && !(await isLinked(reader, node, target.to)) ? null : { node };
}

/** True for a company that records of several platforms belong to. */
async function isLinked(reader: Reader, node: string | null, ref: string): Promise<boolean> {
  if (node === null) return false;
  const members = await reader.records((await reader.membersOf(node)).map(({ key }) => key));
  return members.some(({ platform }) => platform !== splitRef(ref).platform);
}

/** Those of the people's objects that count to their company `node`. */
export async function countingTo<R extends StoredRecord>(
  reader: Reader,
  node: string,
  objects: readonly R[],
  people: ReadonlyMap<string, readonly StoredRecord<"person">[]>,
): Promise<R[]> {
  const nodes = await reader.nodesOf(objects.flatMap(({ edges }) => edges.filter(isCompanyEdge).map(({ to }) => reader.key(to))));
  let personByRef: Map<string, readonly StoredRecord<"person">[]> | null = null;
  const countedObjects: R[] = [];
  for (const object of objects) {
    // Nearly all objects name their person's company or none. Only the others are looked at one by one.
    const isOfCompany = object.edges.filter(isCompanyEdge).every(({ to }) => nodes.get(reader.key(to)) === node);
    if (!isOfCompany) personByRef ??= byRef(people);
    if (personByRef === null || isOfCompany || (await ownCompanyOf(reader, object.edges, personOf(object, personByRef))) === null)
      countedObjects.push(object);
  }
  return countedObjects;
}

const byRef = (people: ReadonlyMap<string, readonly StoredRecord<"person">[]>) =>
  new Map([...people.values()].flatMap((records) => records.map(({ ref }) => [ref, records] as const)));

const isCompanyEdge = ({ rel }: Edge): boolean => (companyRels as readonly string[]).includes(rel);

function personOf<P>({ edges }: StoredRecord, personByRef: ReadonlyMap<string, readonly P[]>): readonly P[] {
  const edge = edges.find(({ rel, to }) => personRels.includes(rel) && personByRef.has(to));
  return (edge && personByRef.get(edge.to)) ?? [];
}
