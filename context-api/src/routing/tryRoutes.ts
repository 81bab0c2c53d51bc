import type { RoutingSettings } from "../config/routing.ts";
import type { Connection } from "../connections/connections.ts";
import { type Expression, ExpressionError } from "./expression.ts";
import { literalIssues } from "./literals.ts";
import type { Route, RouteIssue } from "./routes.ts";
import { sampleDocument } from "./sampleDocument.ts";

/** Looks for what would fail on any event: mappings that their action doesn't take, and functions that are given another type. */
export async function tryRoutes(
  routes: readonly Route[],
  settings: RoutingSettings,
  connections: readonly Pick<Connection, "platform">[],
): Promise<RouteIssue[]> {
  const issues: RouteIssue[] = [];
  for (const route of routes) {
    const wrong = (field: string, message: string) => issues.push({ path: [...route.path, field], message });
    for (const literal of literalIssues(route.map.source, route.action.input))
      wrong("with", `${route.config.do} doesn't take this: ${literal}`);
    const document = sampleDocument(route.config.on[0]!.replaceAll("*", "sample"), settings, connections);
    for (const [field, expression] of [
      ["when", route.when],
      ["with", route.map],
      ["oncePer", route.oncePer],
    ] as const) {
      const mistake = expression && (await typeMistake(expression, document));
      if (mistake) wrong(field, `a value of the wrong type: ${mistake}`);
    }
  }
  return issues;
}

/** JSONata's own codes for values of a wrong type begin with a T. Whatever else fails may hang on the values themselves. */
async function typeMistake(expression: Expression, document: object): Promise<string | null> {
  try {
    await expression.evaluate(document);
    return null;
  } catch (error) {
    return error instanceof ExpressionError && /^T\d/.test(error.message) ? error.message : null;
  }
}
