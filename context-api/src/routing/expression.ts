import jsonata from "jsonata";
import { evaluateApart } from "./evaluator.ts";
import { type ExpressionInput, messageOf } from "./interpreter.ts";
import { plainExpression } from "./plainExpression.ts";

/** A JSONata expression that is invalid or failed. The message names position and cause and contains no customer data. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  /** True when the expression exceeded a limit of time, memory or size. */
  readonly exceeded: boolean;
  constructor(message: string, exceeded = false) {
    super(message);
    this.exceeded = exceeded;
  }
}

export interface Evaluation {
  value: unknown;
  /** Members of the document that the expression read. */
  read: readonly string[];
}

export interface Expression {
  source: string;
  /**
   * Evaluates in a process of its own, unless it only copies values.
   * @returns the name of a member that must be loaded first, when the expression reads one
   * @throws {ExpressionError} when it exceeds a limit or fails on the document's values
   */
  evaluate(input: ExpressionInput): Promise<Evaluation | { notLoaded: string }>;
}

/** Longer expressions are programs. */
const maxSourceLength = 20_000;

/** @throws {ExpressionError} for invalid JSONata */
export function compile(source: string): Expression {
  if (source.length > maxSourceLength) throw new ExpressionError(`is longer than ${maxSourceLength} characters`);
  const evaluatePlain = plainExpression(parse(source));
  return {
    source,
    async evaluate(input) {
      const reply = evaluatePlain?.(input) ?? (await evaluateApart(source, input));
      if (reply.kind === "failed") throw new ExpressionError(reply.message, reply.exceeded);
      return reply.kind === "value" ? { value: reply.value, read: reply.read } : { notLoaded: reply.member };
    },
  };
}

/** Evaluates on a complete document. @throws {ExpressionError} */
export async function evaluateOn(expression: Expression, document: Readonly<Record<string, unknown>>): Promise<unknown> {
  const result = await expression.evaluate({ document, notLoaded: [] });
  return "value" in result ? result.value : undefined;
}

/** The syntax tree of valid JSONata. @throws {ExpressionError} */
export function parse(source: string): jsonata.ExprNode {
  try {
    return jsonata(source).ast();
  } catch (error) {
    throw new ExpressionError(messageOf(error));
  }
}
