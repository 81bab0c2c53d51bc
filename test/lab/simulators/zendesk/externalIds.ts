/** "The API treats the id as case insensitive": "ian1" and "IAN1" are the same. */
export const sameId = (a: string | null, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

export const byExternalId = <T extends { external_id: string | null }>(items: Iterable<T>, id: string): T[] =>
  [...items].filter((item) => sameId(item.external_id, id));
