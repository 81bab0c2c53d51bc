import { compile, type Expression, ExpressionError } from "./expression.ts";
import { regexProblem } from "./linearRegex.ts";
import { regexesIn, unknownNames, wrongCalls } from "./unknownNames.ts";

/** Compiles JSONata. Reports invalid source, unknown functions and unusable regular expressions with `addIssue` and returns null then. */
export function compileExpression(source: string, addIssue: (message: string) => unknown): Expression | null {
  try {
    const expression = compile(source);
    const problems = [
      ...unknownNames(source).map(({ name, position }) => `there is no $${name}, at character ${position}`),
      ...wrongCalls(source),
      ...regexesIn(source).flatMap((regex) => regexProblem(regex) ?? []),
    ];
    for (const problem of problems) addIssue(problem);
    return problems.length === 0 ? expression : null;
  } catch (error) {
    addIssue(error instanceof ExpressionError ? `invalid JSONata: ${error.message}` : "invalid JSONata");
    return null;
  }
}
