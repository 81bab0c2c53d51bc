import type { Placed } from "./sourceLocation.ts";

type PlacedMap = Extract<Placed, { kind: "map" }>;
type PlacedList = Extract<Placed, { kind: "list" }>;

/**
 * Lays one configuration over another. Maps are merged key by key; lists whose items all have an `id`, item by item; whatever else
 * stands above takes the place of what stands below.
 */
export function merge(below: Placed, above: Placed): Placed {
  if (below.kind === "map" && above.kind === "map") return mergeMaps(below, above);
  if (below.kind === "list" && above.kind === "list" && isById(below) && isById(above)) return mergeLists(below, above);
  return above;
}

function mergeMaps(below: PlacedMap, above: PlacedMap): Placed {
  const members = new Map(below.members);
  for (const [key, member] of above.members) {
    const other = members.get(key);
    members.set(key, other ? merge(other, member) : member);
  }
  return { ...above, members };
}

/** An id that stands twice in one list stays twice: that is for the check to refuse. */
function mergeLists(below: PlacedList, above: PlacedList): Placed {
  const items = [...below.items];
  const taken = new Set<number>();
  for (const item of above.items) {
    const at = below.items.findIndex((other, i) => !taken.has(i) && idOf(other) === idOf(item));
    if (at === -1) items.push(item);
    else items[at] = merge(items[at]!, item);
    taken.add(at);
  }
  return { ...above, items };
}

const isById = (list: PlacedList): boolean => list.items.length > 0 && list.items.every((item) => idOf(item) !== undefined);

function idOf(item: Placed): unknown {
  const id = item.kind === "map" ? item.members.get("id") : undefined;
  return id?.kind === "value" ? id.value : undefined;
}
