/** How many values one list of a query may hold. */
export const maxChunkSize = 900;

/** Splits `items` into arrays of at most `size`. */
export function chunks<T>(items: readonly T[], size = maxChunkSize): T[][] {
  const result: T[][] = [];
  for (let i = 0; i < items.length; i += size) result.push(items.slice(i, i + size));
  return result;
}
