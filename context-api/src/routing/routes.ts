import type { Action } from "@sidelight/platform-kit/action.ts";
import type { RouteConfig, RoutingConfig, RoutingSettings } from "../config/routing.ts";
import type { Connection } from "../connections/connections.ts";
import { compileExpression } from "./compileExpression.ts";
import type { Expression } from "./expression.ts";

/** A compiled route. */
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

/** The routes in use and the configuration they come from. */
export interface ActiveRoutes {
  routes: readonly Route[];
  settings: RoutingSettings;
  /** Version of the configuration, stored with every delivery. */
  version: string;
}

/** A problem of a route, with its path in the configuration. */
export interface RouteIssue {
  /** Path below `routing`: `routes.2.with`. */
  path: (string | number)[];
  message: string;
}

/** Compiles all routes and returns every problem found. */
export function compileRoutes(
  config: RoutingConfig,
  connections: readonly Connection[],
): { routes: Route[]; issues: RouteIssue[] } {
  const issues: RouteIssue[] = [];
  const routes: Route[] = [];
  const ids = new Set<string>();
  for (const [i, route] of config.routes.entries()) {
    const addIssue = (field: string, message: string): null => {
      issues.push({ path: ["routes", i, field], message });
      return null;
    };
    if (ids.has(route.id)) addIssue("id", `another route has the id ${route.id}`);
    ids.add(route.id);
    const target = connections.find((c) => c.id === route.to) ?? addIssue("to", `there is no connection ${route.to}`);
    const actions = new Map(Object.entries(target?.connector.actions ?? {}));
    const action = actions.get(route.do) ?? null;
    if (target && !action && !route.optional) addIssue("do", unknownAction(target, [...actions.keys()], route.do));
    const expression = (field: "when" | "oncePer", source: string | undefined) =>
      source === undefined ? undefined : compileExpression(source, (message) => addIssue(field, message));
    const [when, oncePer] = [expression("when", route.when), expression("oncePer", route.oncePer)];
    const map = mapping(route, config, (message) => addIssue("with", message));
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
    compileExpression(source, (message) => issues.push({ path: ["transforms", name], message }));
  }
  return { routes, issues };
}

/** `with` is the name of a transformer, or JSONata. */
function mapping(route: RouteConfig, { transforms }: RoutingConfig, addIssue: (message: string) => null): Expression | null {
  const isName = /^[a-z][A-Za-z0-9-]*$/.test(route.with);
  if (!isName) return compileExpression(route.with, addIssue);
  // A problem of a transformer is reported once, at the transformer.
  const source = new Map(Object.entries(transforms)).get(route.with);
  if (source === undefined)
    return addIssue(`there is no transformer ${route.with}; use one of: ${Object.keys(transforms).join(", ") || "none"}`);
  return compileExpression(source, () => {});
}

const unknownAction = ({ platform }: Connection, names: string[], name: string): string =>
  `${platform.label} has no action ${name}; use one of: ${names.join(", ") || "none"}`;

/** In `zendesk.ticket.*` a star matches one part or the end of one. */
function pattern(eventPattern: string): RegExp {
  const parts = eventPattern.split(".").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[a-z0-9_]*"));
  return new RegExp(`^${parts.join("\\.")}$`);
}
