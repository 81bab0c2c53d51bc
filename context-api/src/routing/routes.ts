import type { Action } from "@sidelight/platform-kit/action.ts";
import type { RouteConfig, RoutingConfig, RoutingSettings } from "../config/routing.ts";
import type { Connection } from "../connections/connections.ts";
import { compile, type Expression, ExpressionError } from "./expression.ts";
import { unknownNames } from "./unknownNames.ts";

/** A route that is ready to take events. */
export interface Route {
  id: string;
  config: RouteConfig;
  /** Path below `routing`. */
  path: (string | number)[];
  matches(eventType: string): boolean;
  when: Expression | null;
  map: Expression;
  oncePer: Expression | null;
  target: Connection;
  action: Action;
}

/** The routes that are followed, and where they come from. */
export interface RoutesInUse {
  routes: readonly Route[];
  settings: RoutingSettings;
  /** Version of the configuration, named by every delivery. */
  version: string;
}

/** Something wrong with a route: where in the configuration, and what. */
export interface RouteIssue {
  /** Path below `routing`: `routes.2.with`. */
  path: (string | number)[];
  message: string;
}

/** Compiles all routes, or says everything that is wrong with them. */
export function compileRoutes(
  config: RoutingConfig,
  connections: readonly Connection[],
): { routes: Route[]; issues: RouteIssue[] } {
  const issues: RouteIssue[] = [];
  const routes: Route[] = [];
  const seen = new Set<string>();
  for (const [i, route] of config.routes.entries()) {
    const wrong = (field: string, message: string): null => {
      issues.push({ path: ["routes", i, field], message });
      return null;
    };
    if (seen.has(route.id)) wrong("id", `another route has the id ${route.id}`);
    seen.add(route.id);
    const target = connections.find((c) => c.id === route.to) ?? wrong("to", `there is no connection ${route.to}`);
    const actions = target?.connector.actions ?? {};
    const action =
      target &&
      (Object.hasOwn(actions, route.do)
        ? actions[route.do]!
        : route.optional
          ? null
          : wrong("do", unknownAction(target, Object.keys(actions), route.do)));
    const expression = (field: "when" | "oncePer", source: string | undefined) =>
      source === undefined ? undefined : compiled(source, (message) => wrong(field, message));
    const [when, oncePer] = [expression("when", route.when), expression("oncePer", route.oncePer)];
    const map = mapping(route, config, (message) => wrong("with", message));
    if (!target || !action || when === null || oncePer === null || !map || !route.enabled) continue;
    const patterns = route.on.map(pattern);
    routes.push({
      id: route.id,
      config: route,
      path: ["routes", i],
      matches: (type) => patterns.some((p) => p.test(type)),
      when: when ?? null,
      map,
      oncePer: oncePer ?? null,
      target,
      action,
    });
  }
  for (const [name, source] of Object.entries(config.transforms)) {
    compiled(source, (message) => issues.push({ path: ["transforms", name], message }));
  }
  compiled(config.settings.case.when, (message) => issues.push({ path: ["settings", "case", "when"], message }));
  return { routes, issues };
}

/** A name refers to a transform; anything else is JSONata written in place. */
function mapping(route: RouteConfig, { transforms }: RoutingConfig, wrong: (message: string) => null): Expression | null {
  const isName = /^[a-z][A-Za-z0-9-]*$/.test(route.with);
  if (!isName) return compiled(route.with, wrong);
  // What is wrong with a transform is told once, where it stands.
  const source = Object.hasOwn(transforms, route.with) ? transforms[route.with]! : null;
  if (source === null)
    return wrong(`there is no transform ${route.with}; there are ${Object.keys(transforms).join(", ") || "none"}`);
  return compiled(source, () => {});
}

function compiled(source: string, wrong: (message: string) => unknown): Expression | null {
  try {
    const expression = compile(source);
    const [unknown] = unknownNames(source);
    if (!unknown) return expression;
    wrong(`there is no $${unknown.name}, at character ${unknown.position}`);
  } catch (error) {
    wrong(error instanceof ExpressionError ? `no JSONata: ${error.message}` : "no JSONata");
  }
  return null;
}

const unknownAction = ({ platform }: Connection, known: string[], name: string): string =>
  `${platform.label} can't do ${name}; it can do ${known.join(", ") || "nothing"}`;

/** `zendesk.ticket.*`: a star stands for one part, or the rest of one. */
function pattern(on: string): RegExp {
  const parts = on.split(".").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[a-z0-9_]*"));
  return new RegExp(`^${parts.join("\\.")}$`);
}
