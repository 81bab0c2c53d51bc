import { invalidParameter } from "./problemError.ts";

/** Which part of a list to return. */
export interface PageInput {
  /** At most this many items. */
  limit: number;
  /** `nextCursor` of the previous page. */
  cursor?: string | undefined;
}

export interface Page<T> {
  items: T[];
  /** Null on the last page. */
  nextCursor: string | null;
}

// Cursors are opaque to callers: their content may change.

const writeCursor = (position: number): string => Buffer.from(`n${position}`).toString("base64url");

/** @throws {ProblemError} invalid_request */
function readCursor(cursor: string): number {
  const match = /^n(\d{1,15})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  if (!match) throw invalidCursor();
  return Number(match[1]);
}

export const invalidCursor = () => invalidParameter("cursor", "cursor is invalid. Use the nextCursor of the previous page.");

/**
 * A page of a list that is counted from its newest item.
 * @param list gets one item more than the page has, to see whether another page follows
 * @throws {ProblemError} invalid_request
 */
export async function pageByOffset<Row, T>(
  { limit, cursor }: PageInput,
  list: (slice: { limit: number; offset: number }) => Promise<Row[]>,
  view: (row: Row) => T,
): Promise<Page<T>> {
  const offset = cursor === undefined ? 0 : readCursor(cursor);
  const rows = await list({ limit: limit + 1, offset });
  return { items: rows.slice(0, limit).map(view), nextCursor: rows.length > limit ? writeCursor(offset + limit) : null };
}

/**
 * A page of a list whose items have decreasing ids: ULIDs.
 * @param list gets the id that all items of the page are below; null for the first page
 * @throws {ProblemError} invalid_request
 */
export async function pageById<T>(
  { limit, cursor }: PageInput,
  list: (slice: { limit: number; below: string | null }) => Promise<T[]>,
  idOf: (row: T) => string,
): Promise<Page<T>> {
  const below = cursor === undefined ? null : Buffer.from(cursor, "base64url").toString("latin1");
  if (below !== null && !/^[0-9A-HJKMNP-TV-Z]{26}$/.test(below)) throw invalidCursor();
  const rows = await list({ limit: limit + 1, below });
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items, nextCursor: hasMore ? Buffer.from(idOf(last)).toString("base64url") : null };
}

/**
 * A page of a list whose items have decreasing positions: items that are added later do not move it.
 * @param list gets the position that all items of the page are below; null for the first page
 * @throws {ProblemError} invalid_request
 */
export async function pageByPosition<T>(
  { limit, cursor }: PageInput,
  list: (slice: { limit: number; below: number | null }) => Promise<T[]> | T[],
  positionOf: (item: T) => number,
): Promise<Page<T>> {
  const below = cursor === undefined ? null : readCursor(cursor);
  const rows = await list({ limit: limit + 1, below });
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? writeCursor(positionOf(last)) : null };
}
