import { refs } from "@sidelight/client/refs.ts";
import type { Scheme } from "../ui/theme.ts";
import type { Host } from "./host.ts";

/** The person and the theme, from the product around the app. */
export interface Preferences {
  locale: string;
  timeZone: string;
  admin: boolean;
  /** The person's own record, `zendesk.user:7`; null until the host says who it is. */
  person: string | null;
  scheme: Scheme;
}

export interface Environment {
  current(): Preferences;
  subscribe(listener: () => void): () => void;
}

/** Starts with the browser's own values, so that the first frame does not wait, and then follows the host. */
export function createEnvironment(host: Host | null, search: string): Environment {
  let current: Preferences = {
    locale: navigator.language || "en",
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    admin: false,
    person: null,
    scheme: schemeOf(new URLSearchParams(search).get("colorScheme")),
  };
  const listeners = new Set<() => void>();
  const set = (change: Partial<Preferences>): void => {
    current = { ...current, ...change };
    for (const listener of listeners) listener();
  };
  host?.on("colorScheme.changed", (scheme) => set({ scheme: schemeOf(scheme) }));
  void host
    ?.get("currentUser")
    .then(({ currentUser }) => set(personOf(currentUser, current)))
    // Without a user from the host, the browser's language and time zone stay.
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

function personOf(value: unknown, fallback: Preferences): Partial<Preferences> {
  const person = (value ?? {}) as { id?: unknown; locale?: unknown; role?: unknown; timeZone?: { ianaName?: unknown } };
  const zone = person.timeZone?.ianaName;
  return {
    locale: typeof person.locale === "string" && person.locale ? person.locale : fallback.locale,
    timeZone: typeof zone === "string" && zone ? zone : fallback.timeZone,
    admin: person.role === "admin",
    person: /^\d+$/.test(String(person.id ?? "")) ? refs.of("zendesk.user", String(person.id)) : null,
  };
}
