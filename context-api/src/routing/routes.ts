import type { Purpose } from "@sidelight/model/purposes.ts";
import type { Action } from "@sidelight/platform-kit/action.ts";
import { didYouMean } from "../config/didYouMean.ts";
import { isRoute, type RouteConfig, type RoutingConfig, type RoutingSettings } from "../config/routing.ts";
import type { Connection } from "../connections/connections.ts";
import { compileExpression } from "./compileExpression.ts";
import type { Expression } from "./expression.ts";
import { compileTiers, type Tier } from "./tiers.ts";

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
  /** Null when neither the route nor its action names one. */
  purpose: Purpose | null;
  /** Links that the condition reads: `links.salesforce.account`. */
  linksRead: readonly { platform: string; object: string }[];
}

/** A route that is switched off. */
export type DisabledRoute = Pick<Route, "id" | "matches">;

/** The routes in use and the configuration they come from. */
export interface ActiveRoutes {
  routes: readonly Route[];
  disabled: readonly DisabledRoute[];
  /** In the order in which a customer is tried; none when left out. */
  tiers?: readonly Tier[];
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

/**
 * Compiles all routes and returns every problem found.
 * @param defaultIds ids of default routes, to suggest one
 */
export function compileRoutes(
  config: RoutingConfig,
  connections: readonly Connection[],
  defaultIds: readonly string[] = [],
): { routes: Route[]; disabled: DisabledRoute[]; tiers: Tier[]; issues: RouteIssue[] } {
  const issues: RouteIssue[] = [];
  const routes: Route[] = [];
  const disabledRoutes: DisabledRoute[] = [];
  const ids = new Set<string>();
  for (const [i, route] of config.routes.entries()) {
    const addIssue = (field: string, message: string): null => {
      issues.push({ path: ["routes", i, field], message });
      return null;
    };
    if (ids.has(route.id)) addIssue("id", `another route has the id ${route.id}`);
    ids.add(route.id);
    if (!isRoute(route)) {
      addIssue("id", `there is no default route ${route.id}${didYouMean(route.id, defaultIds)}`);
      continue;
    }
    const connectionIds = connections.map(({ id }) => id);
    const target =
      connections.find((c) => c.id === route.to) ??
      addIssue("to", `there is no connection ${route.to}${suggestion(route.to, connectionIds)}`);
    const actions = new Map(Object.entries(target?.connector.actions ?? {}));
    const action = actions.get(route.do) ?? null;
    if (target && !action && !route.optional) addIssue("do", unknownAction(target, [...actions.keys()], route.do));
    const expression = (field: "when" | "oncePer", source: string | undefined) =>
      source === undefined ? undefined : compileExpression(source, (message) => addIssue(field, message));
    const [when, oncePer] = [expression("when", route.when), expression("oncePer", route.oncePer)];
    const map = mapping(route, config, (message) => addIssue("with", message));
    const matches = remembered((type) => route.on.some((eventPattern) => matchesPattern(eventPattern, type)));
    if (!route.enabled) disabledRoutes.push({ id: route.id, matches });
    if (!target || !action || when === null || oncePer === null || !map || !route.enabled) continue;
    routes.push({
      id: route.id,
      config: route,
      path: ["routes", i],
      matches,
      when: when ?? null,
      map,
      oncePer: oncePer ?? null,
      target,
      action,
      purpose: route.purpose ?? action.purpose ?? null,
      linksRead: route.when === undefined ? [] : linksIn(route.when),
    });
  }
  for (const [name, source] of Object.entries(config.transforms)) {
    compileExpression(source, (message) => issues.push({ path: ["transforms", name], message }));
  }
  const tiers = compileTiers(config.tiers, (i, message) => issues.push({ path: ["tiers", i, "when"], message }));
  return { routes, disabled: disabledRoutes, tiers, issues };
}

/** `with` is the name of a transformer, or JSONata. */
function mapping(route: RouteConfig, { transforms }: RoutingConfig, addIssue: (message: string) => null): Expression | null {
  const isName = /^[a-z][A-Za-z0-9-]*$/.test(route.with);
  if (!isName) return compileExpression(route.with, addIssue);
  // A problem of a transformer is reported once, at the transformer.
  const source = new Map(Object.entries(transforms)).get(route.with);
  if (source === undefined)
    return addIssue(`there is no transformer ${route.with}${suggestion(route.with, Object.keys(transforms))}`);
  return compileExpression(source, () => {});
}

const unknownAction = ({ platform }: Connection, names: string[], name: string): string =>
  `${platform.label} has no action ${name}${suggestion(name, names)}`;

/** The nearest name, otherwise all of them. */
const suggestion = (name: string, names: readonly string[]): string =>
  didYouMean(name, names) || `; use one of: ${names.join(", ") || "none"}`;

/** The links that an expression reads, in the usual notation. */
const linksIn = (source: string): Route["linksRead"] =>
  [...source.matchAll(/\blinks\.([a-z][a-z0-9]*)\.([a-z][a-z0-9]*)/g)].map(([, platform = "", object = ""]) => ({
    platform,
    object,
  }));

/** Types that a route remembers. Senders name those of a company's own events, so that there can be any number. */
const maxTypes = 1_000;

function remembered(matches: (type: string) => boolean): (type: string) => boolean {
  const answers = new Map<string, boolean>();
  return (type) => {
    const answer = answers.get(type) ?? matches(type);
    if (answers.size >= maxTypes) answers.clear();
    answers.set(type, answer);
    return answer;
  };
}

/** In `zendesk.ticket.*` a star matches letters, digits and `_`, or nothing. Takes time in proportion to both lengths. */
export function matchesPattern(eventPattern: string, type: string): boolean {
  let [p, t] = [0, 0];
  let star: { pattern: number; type: number } | null = null;
  while (t < type.length) {
    if (eventPattern[p] === "*") {
      star = { pattern: ++p, type: t };
    } else if (eventPattern[p] === type[t]) {
      p += 1;
      t += 1;
    } else if (star !== null && /[a-z0-9_]/.test(type[star.type] ?? "")) {
      star.type += 1;
      [p, t] = [star.pattern, star.type];
    } else return false;
  }
  return /^\**$/.test(eventPattern.slice(p));
}
