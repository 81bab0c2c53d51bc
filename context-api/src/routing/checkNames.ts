import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { didYouMean } from "../config/didYouMean.ts";
import { isRoute } from "../config/routing.ts";
import type { TenantConfig } from "../config/schema.ts";
import { eventTypeProblem, eventTypesOf, objectsOf, typesOf } from "./eventTypes.ts";
import { ExpressionError } from "./expression.ts";
import type { RouteIssue } from "./routes.ts";
import { documentShapes, type Shape } from "./shapes.ts";
import { unknownMembers } from "./unknownMembers.ts";

/** Event types and names in expressions that do not exist, so that the route would never fire or write an empty value. */
export function nameIssues(config: TenantConfig, platforms: readonly Platform[]): RouteIssue[] {
  const { routing } = config;
  const eventTypes = eventTypesOf(platforms, config);
  const shapes = documentShapes(platforms);
  const issues: RouteIssue[] = [];
  const checkedTransforms = new Set<string>();

  const check = (source: string, document: Shape, path: RouteIssue["path"]): void => {
    for (const problem of problemsOf(source, document)) issues.push({ path, message: problem });
    for (const [, setting = ""] of source.matchAll(/\$eval\(\s*settings\.([A-Za-z.]+)/g)) {
      const value = setting
        .split(".")
        .reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], routing.settings);
      if (typeof value === "string" && !checkedTransforms.has(setting)) {
        checkedTransforms.add(setting);
        check(value, document, ["settings", ...setting.split(".")]);
      }
    }
  };

  for (const [i, route] of routing.routes.entries()) {
    if (!isRoute(route)) continue;
    for (const pattern of route.on) {
      const problem = eventTypeProblem(pattern, eventTypes);
      if (problem) issues.push({ path: ["routes", i, "on"], message: problem });
    }
    const document = shapes.document(typesOf(route, eventTypes), objectsOf(route, eventTypes));
    const transform = Object.hasOwn(routing.transforms, route.with) ? routing.transforms[route.with] : undefined;
    if (route.when !== undefined) check(route.when, document, ["routes", i, "when"]);
    if (route.oncePer !== undefined) check(route.oncePer, document, ["routes", i, "oncePer"]);
    const isUnknown = transform === undefined && problemsOf(route.with, document).length > 0;
    const similar = isUnknown ? similarTransform(route.with, Object.keys(routing.transforms)) : "";
    if (similar !== "") issues.push({ path: ["routes", i, "with"], message: `there is no transform ${route.with}${similar}` });
    else if (transform === undefined) check(route.with, document, ["routes", i, "with"]);
    else check(transform, document, ["transforms", route.with]);
  }
  return distinct(issues);
}

/** A suggestion for a name that is none of the transforms; empty for an expression. */
const similarTransform = (name: string, transforms: readonly string[]): string =>
  /^\w+$/.test(name) ? didYouMean(name, transforms) : "";

/** Empty for invalid JSONata, which is reported elsewhere. */
function problemsOf(source: string, document: Shape): string[] {
  try {
    return unknownMembers(source, document);
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}

/** A transformer of several routes is reported once. */
const distinct = (issues: readonly RouteIssue[]): RouteIssue[] => [
  ...new Map(issues.map((issue) => [`${issue.path.join(".")}\n${issue.message}`, issue])).values(),
];
