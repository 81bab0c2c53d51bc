/** Larger groups are split at their weakest pairs, so that the cost of a group is bounded. */
const maxGroup = 250;

/** The sets of records that pairs above a threshold connect. Each is clustered on its own. Strongest pairs connect first. */
export function connectedGroups(size: number, pairs: Int32Array, bits: Float64Array, threshold: number): number[][] {
  const parent = Int32Array.from({ length: size }, (_, index) => index);
  const counts = new Int32Array(size).fill(1);
  const rootOf = (index: number): number => {
    let root = index;
    while ((parent[root] ?? root) !== root) {
      parent[root] = parent[parent[root] ?? root] ?? root;
      root = parent[root] ?? root;
    }
    return root;
  };
  const order: number[] = [];
  for (let pair = 0; pair < bits.length; pair++) if ((bits[pair] ?? 0) > threshold) order.push(pair);
  order.sort((p, q) => (bits[q] ?? 0) - (bits[p] ?? 0) || p - q);
  for (const pair of order) {
    const [a, b] = [rootOf(pairs[2 * pair] ?? 0), rootOf(pairs[2 * pair + 1] ?? 0)];
    const count = (counts[a] ?? 0) + (counts[b] ?? 0);
    if (a === b || count > maxGroup) continue;
    parent[Math.max(a, b)] = Math.min(a, b);
    counts[Math.min(a, b)] = count;
  }
  const groups = Map.groupBy(parent.keys(), rootOf);
  return [...groups.values()].filter((group) => group.length > 1);
}
