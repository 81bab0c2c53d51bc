import jsonata from "jsonata";

/** A JSONata expression that can't be used: where and why. Shown as it is. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
}

/** Thrown by a document's member that has still to be read. */
export class NotLoaded extends Error {
  override readonly name = "NotLoaded";
  readonly part: string;
  constructor(part: string) {
    super(part);
    this.part = part;
  }
}

export interface Expression {
  source: string;
  /** @throws {ExpressionError} when it takes too long, goes too deep, or fails on what it was given */
  evaluate(document: object): Promise<unknown>;
}

/** A transform is arithmetic on one event, not a program. Depth counts JSONata's own steps; lengths are those of its lists. */
const limits = { timeout: 100, stack: 400, sequence: 10_000 };

/** @throws {ExpressionError} for what is no JSONata */
export function compile(source: string): Expression {
  const expression = parsed(source);
  return {
    source,
    async evaluate(document) {
      for (let tried = 1; ; tried++) {
        try {
          return plain(await expression.evaluate(document));
        } catch (error) {
          const late = lateMember(error);
          if (late) throw late;
          if (!tookLong(error) || tried === mostTries) throw new ExpressionError(messageOf(error));
        }
      }
    },
  };
}

/** The time is the clock's, and others have their turns in it: where the process is busy, a good expression takes long now and then. */
const mostTries = 3;
const tookLong = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === "D1012";

/** `$eval` wraps what it meets. */
function lateMember(error: unknown): NotLoaded | null {
  if (error instanceof NotLoaded) return error;
  const within = typeof error === "object" && error !== null && "error" in error ? error.error : null;
  return within === null ? null : lateMember(within);
}

function parsed(source: string): jsonata.Expression {
  try {
    return jsonata(source, limits);
  } catch (error) {
    throw new ExpressionError(messageOf(error));
  }
}

/** JSONata marks its sequences with members of their own. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** JSONata's messages may quote the data: the code and the place are told, and for the limits what they are. */
function messageOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "the expression failed";
  const { code, position, token } = error as { code?: string; position?: number; token?: unknown };
  const limit = code === undefined ? undefined : exceeded[code];
  if (limit) return limit;
  const at = position === undefined ? "" : ` at character ${position}`;
  return `${code ?? "the expression failed"}${typeof token === "string" ? ` near ${token.slice(0, 40)}` : ""}${at}`;
}

const exceeded: Record<string, string> = {
  D1011: `goes deeper than ${limits.stack} steps`,
  D1012: `takes longer than ${limits.timeout} ms`,
  D2014: `makes a list of more than ${limits.sequence}`,
  D2015: `makes a list of more than ${limits.sequence}`,
};
