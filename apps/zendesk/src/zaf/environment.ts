import type { Scheme } from "../ui/theme.ts";
import type { Host } from "./host.ts";

/** What the product around the app says about the person and the theme. */
export interface Surroundings {
  locale: string;
  timeZone: string;
  admin: boolean;
  scheme: Scheme;
}

export interface Environment {
  current(): Surroundings;
  subscribe(listener: () => void): () => void;
}

/** Starts with what the browser knows, so that the first frame waits for nothing, and follows the host from then on. */
export function createEnvironment(host: Host | null, search: string): Environment {
  let current: Surroundings = {
    locale: navigator.language || "en",
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    admin: false,
    scheme: schemeOf(new URLSearchParams(search).get("colorScheme")),
  };
  const listeners = new Set<() => void>();
  const set = (change: Partial<Surroundings>): void => {
    current = { ...current, ...change };
    for (const listener of listeners) listener();
  };
  host?.on("colorScheme.changed", (scheme) => set({ scheme: schemeOf(scheme) }));
  void host
    ?.get("currentUser")
    .then(({ currentUser }) => set(personOf(currentUser, current)))
    // A host that won't say who is working leaves us with the browser's language and time zone.
    .catch(() => {});
  return {
    current: () => current,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function schemeOf(value: unknown): Scheme {
  return value === "dark" ? "dark" : "light";
}

function personOf(value: unknown, fallback: Surroundings): Partial<Surroundings> {
  const person = (value ?? {}) as { locale?: unknown; role?: unknown; timeZone?: { ianaName?: unknown } };
  const zone = person.timeZone?.ianaName;
  return {
    locale: typeof person.locale === "string" && person.locale ? person.locale : fallback.locale,
    timeZone: typeof zone === "string" && zone ? zone : fallback.timeZone,
    admin: person.role === "admin",
  };
}
