import jsonata from "jsonata";

/** A JSONata expression that is invalid or failed. The message names position and cause and contains no customer data. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
}

/** Thrown by a document member that is not loaded yet. */
export class NotLoadedError extends Error {
  override readonly name = "NotLoaded";
  readonly part: string;
  constructor(part: string) {
    super(part);
    this.part = part;
  }
}

export interface Expression {
  source: string;
  /** @throws {ExpressionError} when it exceeds a limit or fails on the document's values */
  evaluate(document: object): Promise<unknown>;
}

/** A transformer computes values of one event, so tight limits do. `stack` counts JSONata's evaluation steps, `sequence` list items. */
const limits = { timeout: 100, stack: 400, sequence: 10_000 };

/** @throws {ExpressionError} for invalid JSONata */
export function compile(source: string): Expression {
  const expression = parse(source);
  return {
    source,
    async evaluate(document) {
      for (let attempt = 1; ; attempt++) {
        try {
          return toPlainValue(await expression.evaluate(document));
        } catch (error) {
          const cause = rootCause(error);
          if (cause instanceof NotLoadedError) throw cause;
          if (!isTimeout(cause) || attempt === maxAttempts) throw new ExpressionError(messageOf(error));
        }
      }
    },
  };
}

/** JSONata's timeout is wall-clock time, so on a busy machine a good expression can exceed it. */
const maxAttempts = 3;
const isTimeout = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === "D1012";

/** `$eval` wraps an error (codes D3120 and D3121), also a timeout or a member that is not loaded. */
function rootCause(error: unknown): unknown {
  const inner = wrappedError(error);
  return inner === null ? error : rootCause(inner);
}

function wrappedError(error: unknown): unknown {
  return typeof error === "object" && error !== null && "error" in error ? (error.error ?? null) : null;
}

function parse(source: string): jsonata.Expression {
  try {
    return jsonata(source, limits);
  } catch (error) {
    throw new ExpressionError(messageOf(error));
  }
}

/** Removes the members that JSONata adds to its sequences. */
function toPlainValue(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** JSONata's own messages can quote data. This one has only code, token and position, or the exceeded limit. */
function messageOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "the expression failed";
  const { code, position, token } = error as { code?: string; position?: number; token?: unknown };
  const limit = code === undefined ? undefined : limitMessages[code];
  if (limit) return limit;
  const inner = wrappedError(error);
  const location = position === undefined ? "" : ` at character ${position}`;
  const tokenText = typeof token === "string" && token !== "" ? ` near ${token.slice(0, 40)}` : "";
  return `${code ?? "the expression failed"}${tokenText}${location}${inner === null ? "" : `: ${messageOf(inner)}`}`;
}

const limitMessages: Record<string, string> = {
  D1011: `goes deeper than ${limits.stack} steps`,
  D1012: `takes longer than ${limits.timeout} ms`,
  D2014: `makes a list of more than ${limits.sequence}`,
  D2015: `makes a list of more than ${limits.sequence}`,
};
