import { compile, type Expression, ExpressionError } from "./expression.ts";
import { unknownNames } from "./unknownNames.ts";

/** Compiles JSONata. Reports invalid source and unknown functions with `addIssue` and returns null then. */
export function compileExpression(source: string, addIssue: (message: string) => unknown): Expression | null {
  try {
    const expression = compile(source);
    const [unknownName] = unknownNames(source);
    if (!unknownName) return expression;
    addIssue(`there is no $${unknownName.name}, at character ${unknownName.position}`);
  } catch (error) {
    addIssue(error instanceof ExpressionError ? `invalid JSONata: ${error.message}` : "invalid JSONata");
  }
  return null;
}
