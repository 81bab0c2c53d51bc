import jsonata from "jsonata";
import { LRUCache } from "lru-cache";
import { registerCalendarDay } from "./calendarDay.ts";
import { LinearRegex } from "./linearRegex.ts";

// Evaluates expressions. It runs in the evaluator's process, see evaluator.ts.

/** What an expression reads: plain data. */
export interface ExpressionInput {
  /** Members of the document. */
  document: Readonly<Record<string, unknown>>;
  /** Members that are not loaded, as paths: `account`, `event.customer`. An expression that reads one is interrupted. */
  notLoaded: readonly string[];
}

export type ExpressionReply =
  /** `read` lists the members of the document that the expression read. */
  | { kind: "value"; value: unknown; read: string[] }
  | { kind: "not_loaded"; member: string }
  /** `exceeded`: the expression exceeded a limit. */
  | { kind: "failed"; message: string; exceeded: boolean };

/** A transformer computes values of one event, so tight limits do. `stack` counts JSONata's evaluation steps, `sequence` list items. */
const limits = { timeout: 100, stack: 400, sequence: 10_000 };
/** JSONata's timeout is wall-clock time, so on a busy machine a good expression can exceed it. */
const maxAttempts = 3;
const maxValueLength = 1024 * 1024;
/** Characters of a text that a function may make, and of a text that it may take apart. */
const maxTextLength = 100_000;

class NotLoadedError extends Error {
  readonly member: string;
  constructor(member: string) {
    super(member);
    this.member = member;
  }
}

class ExceededError extends Error {}

const compiled = new LRUCache<string, jsonata.Expression>({ max: 1_000 });

/** Never throws. */
export async function interpret(source: string, input: ExpressionInput): Promise<ExpressionReply> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { document, read } = openMembers(input);
      const value = toPlainValue(await compile(source).evaluate(document));
      return { kind: "value", value, read: [...read] };
    } catch (error) {
      const cause = rootCause(error);
      if (cause instanceof NotLoadedError) return { kind: "not_loaded", member: cause.member };
      if (isTimeout(cause) && attempt < maxAttempts) continue;
      return { kind: "failed", message: messageOf(error), exceeded: isExceeded(cause) };
    }
  }
}

function compile(source: string): jsonata.Expression {
  const existing = compiled.get(source);
  if (existing) return existing;
  const expression = jsonata(source, { ...limits, RegexEngine: LinearRegex as unknown as RegExpConstructor });
  // JSONata builds the padding before any limit applies.
  expression.registerFunction("pad", pad, "<s-ns?:s>");
  registerCalendarDay(expression);
  compiled.set(source, expression);
  return expression;
}

function pad(text: string | undefined, width: number, fill = " "): string | undefined {
  if (text === undefined) return undefined;
  const length = Math.abs(Math.trunc(width));
  if (length > maxTextLength) throw new ExceededError(`makes a text of more than ${maxTextLength} characters`);
  const missingLength = length - [...text].length;
  if (missingLength <= 0) return text;
  const padding = [...(fill || " ").repeat(missingLength)].slice(0, missingLength).join("");
  return width > 0 ? text + padding : padding + text;
}

/** The document with members that report when they are read. */
function openMembers({ document: members, notLoaded }: ExpressionInput): { document: object; read: Set<string> } {
  const read = new Set<string>();
  const document: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(members))
    defineGetter(document, name, () => {
      read.add(name);
      return value;
    });
  for (const path of notLoaded) {
    const [first = "", second] = path.split(".");
    const owner = second === undefined ? document : ((members[first] ?? {}) as object);
    defineGetter(owner, second ?? first, () => {
      throw new NotLoadedError(path);
    });
  }
  return { document, read };
}

function defineGetter(object: object, name: string, get: () => unknown): void {
  Object.defineProperty(object, name, { get, enumerable: true, configurable: true });
}

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
const isTimeout = (error: unknown): boolean => codeOf(error) === "D1012";
const isExceeded = (error: unknown): boolean =>
  error instanceof ExceededError || ["D1011", "D1012", "D2014", "D2015"].includes(String(codeOf(error)));

/** `$eval` wraps an error (codes D3120 and D3121), also a timeout or a member that is not loaded. */
function rootCause(error: unknown): unknown {
  const inner = wrappedError(error);
  return inner === null ? error : rootCause(inner);
}

function wrappedError(error: unknown): unknown {
  return typeof error === "object" && error !== null && "error" in error ? (error.error ?? null) : null;
}

/** Removes the members that JSONata adds to its sequences. */
function toPlainValue(value: unknown): unknown {
  if (value === undefined) return undefined;
  const text = JSON.stringify(value);
  if (text !== undefined && text.length > maxValueLength)
    throw new ExceededError(`gives a value of more than ${maxValueLength} characters`);
  return text === undefined ? undefined : JSON.parse(text);
}

/** JSONata's own messages can quote data. This one has only code, token and position, or the exceeded limit. */
export function messageOf(error: unknown): string {
  if (error instanceof ExceededError) return error.message;
  if (typeof error !== "object" || error === null) return "the expression failed";
  const { code, position, token } = error as { code?: string; position?: number; token?: unknown };
  const limit = code === undefined ? undefined : limitMessages[code];
  if (limit) return limit;
  const inner = wrappedError(error);
  const location = position === undefined ? "" : ` at character ${position}`;
  const tokenText = typeof token === "string" && token !== "" ? ` near ${token.slice(0, 40)}` : "";
  const words = wordsOf(error as { code?: string; message?: string; value?: unknown });
  return `${code ?? "the expression failed"}${tokenText}${location}${words}${inner === null ? "" : `: ${messageOf(inner)}`}`;
}

/** Messages of the syntax contain text of the expression only, and those of types contain a value in one known member. */
function wordsOf({ code, message, value }: { code?: string; message?: string; value?: unknown }): string {
  if (!code || !message || !/^[ST]\d/.test(code)) return "";
  const quotedValue = value === undefined || code.startsWith("S") ? null : JSON.stringify(value);
  const text = quotedValue === null || quotedValue === undefined ? message : message.replaceAll(quotedValue, "the value");
  return `: ${text.slice(0, 200)}`;
}

const limitMessages: Record<string, string> = {
  D1011: `goes deeper than ${limits.stack} steps`,
  D1012: `takes longer than ${limits.timeout} ms`,
  D2014: `makes a list of more than ${limits.sequence}`,
  D2015: `makes a list of more than ${limits.sequence}`,
};
