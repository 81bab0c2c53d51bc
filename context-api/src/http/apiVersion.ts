import type { AheadHandler } from "./ahead.ts";
import type { RouteDeps } from "./deps.ts";
import type { App } from "./env.ts";

/** One major version of the API: a folder of operations under its own path. Two can be served while callers move. */
export interface ApiVersion {
  /** First segment of its paths: `v1`. */
  name: string;
  /** When the version ends; null while it has no successor. */
  ends: { deprecatedAt: Date; sunsetAt: Date; successor: string } | null;
  mount(app: App, deps: RouteDeps): void;
  /** Handlers of its frequent requests. @param headers of every answer of the version */
  ahead?(deps: RouteDeps, headers: Record<string, string>): readonly AheadHandler[];
}

/** Headers of every answer of a version that ends: RFC 9745 (a structured date) and RFC 8594 (an HTTP date). */
export function endHeaders({ ends }: ApiVersion): Record<string, string> {
  if (!ends) return {};
  return {
    deprecation: `@${Math.floor(ends.deprecatedAt.getTime() / 1000)}`,
    sunset: ends.sunsetAt.toUTCString(),
    link: `</docs/versions>; rel="deprecation"; type="text/html", </${ends.successor}>; rel="successor-version"`,
  };
}
