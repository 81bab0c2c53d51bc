import { PlatformError } from "./errors.ts";

/** Watches the cursors of one listing. */
export interface CursorGuard {
  /** Returns the cursor of the next page. @throws {PlatformError} `unavailable` when a page was already read by this cursor */
  next<T extends string | number>(cursor: T): T;
}

/** A platform that repeats a cursor would be read for ever. */
export function createCursorGuard(platform: string): CursorGuard {
  const usedCursors = new Set<string | number>();
  return {
    next(cursor) {
      if (usedCursors.has(cursor)) {
        throw new PlatformError("unavailable", platform, "The platform's listing repeats itself. The next pull starts again.", {
          isPlatformFault: false,
        });
      }
      usedCursors.add(cursor);
      return cursor;
    },
  };
}
