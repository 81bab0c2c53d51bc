import type { RoutingSettings } from "../config/routing.ts";
import type { Connection } from "../connections/connections.ts";
import { type Expression, ExpressionError, evaluateOn } from "./expression.ts";
import { literalIssues } from "./literals.ts";
import type { Route, RouteIssue } from "./routes.ts";
import { sampleDocument } from "./sampleDocument.ts";

/** Finds routes that would fail for every event: mappings that their action refuses, and functions called with a wrong type. */
export async function tryRoutes(
  routes: readonly Route[],
  settings: RoutingSettings,
  connections: readonly Pick<Connection, "platform">[],
): Promise<RouteIssue[]> {
  const issues: RouteIssue[] = [];
  for (const route of routes) {
    const addIssue = (field: string, message: string) => issues.push({ path: [...route.path, field], message });
    for (const literal of literalIssues(route.map.source, route.action.input))
      addIssue("with", `the action ${route.config.do} refuses it: ${literal}`);
    const document = sampleDocument((route.config.on[0] ?? "").replaceAll("*", "sample"), settings, connections);
    for (const [field, expression] of [
      ["when", route.when],
      ["with", route.map],
      ["oncePer", route.oncePer],
    ] as const) {
      const error = expression && (await typeErrorOf(expression, document));
      if (error) addIssue(field, `a value of the wrong type: ${error}${thresholdHint(expression.source, settings)}`);
    }
  }
  return issues;
}

/** A comparison with the thresholds of all currencies fails. Earlier releases had one number by default. */
function thresholdHint(source: string, { risk }: RoutingSettings): string {
  if (typeof risk.accountAbove === "number" || !/\bsettings\.risk\.accountAbove\b/.test(source)) return "";
  return (
    " settings.risk.accountAbove has a threshold for each currency: use event.data.isAlert, " +
    "or $lookup(settings.risk.accountAbove, account.arr.currency)."
  );
}

/** JSONata's codes for type errors begin with T. Other errors may depend on the sample's values. */
async function typeErrorOf(expression: Expression, document: Readonly<Record<string, unknown>>): Promise<string | null> {
  try {
    await evaluateOn(expression, document);
    return null;
  } catch (error) {
    return error instanceof ExpressionError && /^T\d/.test(error.message) ? error.message : null;
  }
}
