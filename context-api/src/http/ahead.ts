import type { IncomingMessage, ServerResponse } from "node:http";
import type { ProblemError } from "../services/problemError.ts";
import { problemParts } from "./problem.ts";

/**
 * Answers a frequent request without the router, which costs more than the answer. It takes only the plain form of its request.
 * @returns false for any other form: the router answers it
 */
export type AheadHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A Host header without doubt. The router checks all others. */
const plainHost = /^[a-z0-9._-]+(?::\d{1,5})?$/;

export const hasPlainHost = ({ headers }: IncomingMessage): boolean => plainHost.test(headers.host ?? "");

/** The headers of every answer, see answerHeaders.ts. */
export const headersOf = (requestId: string, startedAt: number): Record<string, string> => ({
  "x-request-id": requestId,
  "server-timing": `total;dur=${(performance.now() - startedAt).toFixed(2)}`,
  "x-content-type-options": "nosniff",
});

let turn: Promise<void> | null = null;

/**
 * Resolves when this turn of the event loop ends, for all that wait at once. Answers that are sent together wake their receiver once;
 * one that waits would be woken by each, which costs as much as the rest of the answer.
 */
export function endOfTurn(): Promise<void> {
  turn ??= new Promise((resolve) => {
    setImmediate(() => {
      turn = null;
      resolve();
    });
  });
  return turn;
}

/** Sends a complete answer. */
export function sendText(response: ServerResponse, status: number, headers: Record<string, string>, text: string): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(text) });
  response.end(text);
}

export function sendProblem(
  response: ServerResponse,
  error: ProblemError,
  requestId: string,
  headers: Record<string, string>,
): void {
  const { status, headers: problemHeaders, text } = problemParts(error, requestId);
  sendText(response, status, { ...problemHeaders, ...headers }, text);
}

/** How often a request has a header. The length comes first, because every header of every request is compared. */
export function countHeader({ rawHeaders }: IncomingMessage, lowerCaseName: string): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    if (name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName) count += 1;
  }
  return count;
}
