/**
 * Options of an LRU cache for a number of entries that is allocated as it fills. `max` allocates the whole of it at once, which is
 * megabytes for each of many tenants.
 */
export const entryLimit = (entries: number): { maxSize: number; sizeCalculation: () => number } => ({
  maxSize: entries,
  sizeCalculation: () => 1,
});
