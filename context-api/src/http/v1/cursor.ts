import { ProblemError } from "../problem.ts";

// Cursors are opaque to callers: what stands in them may change.

export const writeNumber = (number: number): string => Buffer.from(`n${number}`).toString("base64url");

/** @throws {ProblemError} invalid_request */
export function readNumber(cursor: string): number {
  const found = /^n(\d{1,15})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  if (found) return Number(found[1]);
  throw new ProblemError("invalid_request", "cursor is not one of ours.", {
    errors: [{ pointer: "/cursor", detail: "not a cursor" }],
  });
}
