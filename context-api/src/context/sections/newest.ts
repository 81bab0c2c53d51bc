/**
 * The first `count` items in an order, like a sort and a slice, without sorting the others.
 * @param compare an order without ties
 */
export function firstInOrder<T>(items: Iterable<T>, count: number, compare: (a: T, b: T) => number): T[] {
  const first: T[] = [];
  for (const item of items) {
    const last = first.at(-1);
    if (first.length >= count && (last === undefined || compare(item, last) >= 0)) continue;
    const position = first.findIndex((other) => compare(item, other) < 0);
    first.splice(position === -1 ? first.length : position, 0, item);
    if (first.length > count) first.pop();
  }
  return first;
}
