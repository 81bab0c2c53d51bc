import type { HttpDeps } from "./deps.ts";
import type { App } from "./env.ts";
import { v1 } from "./v1/index.ts";

/** One major version of the API: a folder of operations under its own path. Two live side by side while callers move. */
export interface ApiVersion {
  /** First part of its paths: `v1`. */
  name: string;
  /** Set once a successor is out. */
  ends: { deprecatedAt: Date; sunsetAt: Date; successor: string } | null;
  mount(app: App, deps: HttpDeps): void;
}

export const versions: readonly ApiVersion[] = [v1];

/** Told in each of its answers: RFC 9745 (a structured date) and RFC 8594 (an HTTP date). */
export function endHeaders({ ends }: ApiVersion): Record<string, string> {
  if (!ends) return {};
  return {
    deprecation: `@${Math.floor(ends.deprecatedAt.getTime() / 1000)}`,
    sunset: ends.sunsetAt.toUTCString(),
    link: `</docs/versions>; rel="deprecation"; type="text/html", </${ends.successor}>; rel="successor-version"`,
  };
}
