import { refs } from "@sidelight/client/refs.ts";
import type { Scheme } from "../ui/theme.ts";
import type { Host } from "./host.ts";

/** The person and the theme, from the product around the app. */
export interface Preferences {
  locale: string;
  timeZone: string;
  admin: boolean;
  /** Names of the person's groups; empty until the host says who it is. */
  teams: readonly string[];
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
    teams: [],
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

interface UserFields {
  id?: unknown;
  locale?: unknown;
  role?: unknown;
  timeZone?: { ianaName?: unknown };
  groups?: unknown;
}

/** Names that the API accepts in a URL. A name with the separator cannot be sent. */
const maxTeams = 20;

function teamsOf(groups: unknown): string[] {
  const names = Array.isArray(groups) ? groups.map((group: { name?: unknown } | null) => group?.name) : [];
  return names
    .filter((name): name is string => typeof name === "string" && name !== "" && !name.includes("|"))
    .slice(0, maxTeams);
}

function personOf(value: unknown, fallback: Preferences): Partial<Preferences> {
  const person = (value ?? {}) as UserFields;
  const zone = person.timeZone?.ianaName;
  return {
    locale: typeof person.locale === "string" && person.locale ? person.locale : fallback.locale,
    timeZone: typeof zone === "string" && zone ? zone : fallback.timeZone,
    admin: person.role === "admin",
    teams: teamsOf(person.groups),
    person: /^\d+$/.test(String(person.id ?? "")) ? refs.of("zendesk.user", String(person.id)) : null,
  };
}
