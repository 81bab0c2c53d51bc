import type { LocatedNode } from "./sourceLocation.ts";

type MapNode = Extract<LocatedNode, { kind: "map" }>;
type ListNode = Extract<LocatedNode, { kind: "list" }>;

/**
 * Lays one configuration over another. Maps are merged by key, and lists whose items all have an `id` by that id.
 * Any other value of `above` replaces the value of `below`.
 */
export function merge(below: LocatedNode, above: LocatedNode): LocatedNode {
  if (below.kind === "map" && above.kind === "map") return mergeMaps(below, above);
  if (below.kind === "list" && above.kind === "list" && hasIds(below) && hasIds(above)) return mergeLists(below, above);
  return above;
}

function mergeMaps(below: MapNode, above: MapNode): LocatedNode {
  const members = new Map(below.members);
  for (const [key, member] of above.members) {
    const lowerMember = members.get(key);
    members.set(key, lowerMember ? merge(lowerMember, member) : member);
  }
  return { ...above, members };
}

/** A list that has an id twice keeps both items, so that the schema refuses them. */
function mergeLists(below: ListNode, above: ListNode): LocatedNode {
  const items = [...below.items];
  const merged = new Set<number>();
  for (const item of above.items) {
    const index = below.items.findIndex((lowerItem, i) => !merged.has(i) && idOf(lowerItem) === idOf(item));
    const lowerItem = items[index];
    if (lowerItem === undefined) items.push(item);
    else items[index] = merge(lowerItem, item);
    merged.add(index);
  }
  return { ...above, items };
}

const hasIds = (list: ListNode): boolean => list.items.length > 0 && list.items.every((item) => idOf(item) !== undefined);

function idOf(item: LocatedNode): unknown {
  const id = item.kind === "map" ? item.members.get("id") : undefined;
  return id?.kind === "value" ? id.value : undefined;
}
