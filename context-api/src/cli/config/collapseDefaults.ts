import { isDeepStrictEqual } from "node:util";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import type { ValueChange } from "../../config/diff.ts";
import { RouteConfig } from "../../config/routing.ts";
import { ConnectionConfig } from "../../config/schema.ts";
import { defaultRoutesOf } from "../../routing/defaults.ts";

/** Splits changes into one line for what a release brings, and the others without members that have their default. */
export type Collapse = (changes: readonly ValueChange[]) => { summaries: string[]; rest: ValueChange[] };

/** A stored version contains all defaults. A reader wants what somebody wrote. */
export function collapseDefaults(platforms: readonly Platform[]): Collapse {
  const defaults = platforms.map(defaultRoutesOf);
  const routes = new Map(defaults.flatMap((entry) => entry.routes.map((route) => [route.id, route])));
  const transforms = new Map(defaults.flatMap((entry) => Object.entries(entry.transforms)));

  const isDefaultRoute = (value: unknown): boolean => {
    const { to: _, ...route } = (value ?? {}) as { id?: string; to?: unknown };
    return isDeepStrictEqual(route, routes.get(route.id ?? ""));
  };

  return (changes) => {
    const [defaultRoutes, defaultTransforms, rest]: [ValueChange[], ValueChange[], ValueChange[]] = [[], [], []];
    for (const change of changes) {
      const [first, kind, name] = change.path;
      const value = change.next ?? change.previous;
      const isWhole = change.path.length === 3 && (change.next === undefined || change.previous === undefined);
      if (first === "routing" && isWhole && kind === "routes" && isDefaultRoute(value)) defaultRoutes.push(change);
      else if (first === "routing" && isWhole && kind === "transforms" && transforms.get(name ?? "") === value)
        defaultTransforms.push(change);
      else
        rest.push({
          ...change,
          previous: withoutDefaults(change.path, change.previous),
          next: withoutDefaults(change.path, change.next),
        });
    }
    return {
      summaries: [...summary("default routes", defaultRoutes), ...summary("default transformers", defaultTransforms)],
      rest,
    };
  };
}

function summary(noun: string, changes: readonly ValueChange[]): string[] {
  const line = (verb: string, changesOfKind: readonly ValueChange[]): string[] =>
    changesOfKind.length === 0 ? [] : [`${noun} ${verb}: ${changesOfKind.map(({ path }) => path[2]).join(", ")}`];
  return [
    ...line(
      "added",
      changes.filter(({ previous }) => previous === undefined),
    ),
    ...line(
      "removed",
      changes.filter(({ next }) => next === undefined),
    ),
  ];
}

/** A whole route or connection without the members that its schema would fill in. */
function withoutDefaults([first, kind]: readonly string[], value: unknown): unknown {
  const schema = first === "connections" ? ConnectionConfig : first === "routing" && kind === "routes" ? RouteConfig : null;
  if (!schema || typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const parsed = schema.safeParse(value);
  if (!parsed.success) return value;
  const isDefault = (name: string): boolean => {
    const { [name]: _, ...otherMembers } = value as Record<string, unknown>;
    const parseResult = schema.safeParse(otherMembers);
    return parseResult.success && isDeepStrictEqual(parseResult.data, parsed.data);
  };
  return Object.fromEntries(Object.entries(value).filter(([name]) => !isDefault(name)));
}
