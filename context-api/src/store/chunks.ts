/** What one statement is given at most. */
export const mostParameters = 900;

/** In pieces of at most `size`. */
export function chunks<T>(items: readonly T[], size = mostParameters): T[][] {
  const pieces: T[][] = [];
  for (let i = 0; i < items.length; i += size) pieces.push(items.slice(i, i + size));
  return pieces;
}
