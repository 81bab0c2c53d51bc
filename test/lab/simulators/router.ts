import { TrieRouter } from "hono/router/trie-router";

/** One request, taken apart. */
export interface Call {
  method: string;
  path: string;
  params: Record<string, string>;
  query: URLSearchParams;
  headers: Headers;
  /** The body as sent; empty when there was none. */
  text: string;
}

export type Handler<A> = (call: Call) => A;

export interface Routes<A> {
  on(method: string, path: string, handler: Handler<A>): void;
  /** The answer, or undefined when no route fits. */
  run(call: Omit<Call, "params">): A | undefined;
  /** Whether another method would have fitted. */
  knows(path: string): boolean;
}

/** Hono's own matcher with synchronous handlers: composite requests must run inside one transaction. */
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
      const found = matches[0];
      if (!found) return undefined;
      const params = Object.fromEntries(Object.entries(found[1] ?? {}).map(([key, value]) => [key, decode(value)]));
      return found[0]({ ...call, params });
    },
    knows: (path) => [...methods].some((method) => (router.match(method, path)[0] as unknown[]).length > 0),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
