import { TrieRouter } from "hono/router/trie-router";

/** One parsed request. */
export interface Call {
  method: string;
  path: string;
  params: Record<string, string>;
  query: URLSearchParams;
  headers: Headers;
  /** The raw body, empty when absent. */
  text: string;
}

export type Handler<A> = (call: Call) => A;

export interface Routes<A> {
  on(method: string, path: string, handler: Handler<A>): void;
  /** The response, or undefined when no route matches. */
  run(call: Omit<Call, "params">): A | undefined;
  /** Whether the path matches a route of another method. */
  hasPath(path: string): boolean;
}

/** Hono's matcher with synchronous handlers, because composite requests run inside one transaction. */
export function routes<A>(): Routes<A> {
  const router = new TrieRouter<Handler<A>>();
  const methods = new Set<string>();
  return {
    on(method, path, handler) {
      methods.add(method);
      router.add(method, path, handler);
    },
    run(call) {
      const [matches] = router.match(call.method, call.path) as [[Handler<A>, Record<string, string>][]];
      const match = matches[0];
      if (!match) return undefined;
      const params = Object.fromEntries(Object.entries(match[1] ?? {}).map(([key, value]) => [key, decode(value)]));
      return match[0]({ ...call, params });
    },
    hasPath: (path) => [...methods].some((method) => (router.match(method, path)[0] as unknown[]).length > 0),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
