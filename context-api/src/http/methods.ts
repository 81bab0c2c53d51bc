import type { App } from "./env.ts";

/**
 * Finds the methods that a path takes, for a request whose method it does not take.
 * @returns a function from a path to its methods; empty for an unknown path. Call it after the last route was added
 */
export function methodsByPath({ routes }: Pick<App, "routes">): (path: string) => string[] {
  const patterns = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  for (const { path, method } of routes) {
    // Middleware.
    if (method === "ALL") continue;
    const entry = patterns.get(path) ?? { pattern: patternOf(path), methods: new Set() };
    patterns.set(path, entry);
    entry.methods.add(method);
    if (method === "GET") entry.methods.add("HEAD");
  }
  const entries = [...patterns.values()];
  return (path) => {
    const methods = entries.filter(({ pattern }) => pattern.test(path)).flatMap((entry) => [...entry.methods]);
    return [...new Set(methods)].sort();
  };
}

/** `/v1/context/:ref` → a pattern for whole paths. */
const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/:\w+(\\\{[^/]*\\\})?/g, "[^/]+")}$`);
