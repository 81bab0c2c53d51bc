import { useCallback, useMemo, useSyncExternalStore } from "react";

/** The parts of the address after `#/`: the page, and what it shows, for example `events` and the id of an event. */
export function useAddress(): string[] {
  const hash = useHash();
  return useMemo(() => pathOf(hash).split("/").map(decoded), [hash]);
}

/** The filters after `?` in the address, and how to change them. Filters without a value are left out. */
export function useAddressFilters<Name extends string>(
  names: readonly Name[],
): [Readonly<Record<Name, string>>, (changed: Partial<Record<Name, string>>) => void] {
  const hash = useHash();
  const key = names.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the names are compared by their text
  const filters = useMemo(() => {
    const query = new URLSearchParams(queryOf(hash));
    return Object.fromEntries(names.map((name) => [name, query.get(name) ?? ""])) as Record<Name, string>;
  }, [hash, key]);
  const change = useCallback(
    (changes: Partial<Record<Name, string>>) => {
      window.history.replaceState(null, "", addressOf(pathOf(window.location.hash), { ...filters, ...changes }));
      window.dispatchEvent(new HashChangeEvent("hashchange"));
    },
    [filters],
  );
  return [filters, change];
}

/** `#/deliveries?state=dead`. Filters without a value are left out. */
export function addressOf(path: string, filters: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== ""));
  return `#/${path}${query.size > 0 ? `?${query}` : ""}`;
}

const useHash = (): string => useSyncExternalStore(watchAddress, () => window.location.hash);
const pathOf = (hash: string): string => hash.replace(/^#\/?/, "").split("?")[0] ?? "";
const queryOf = (hash: string): string => hash.split("?")[1] ?? "";

/** A person may enter an address that is not encoded. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function watchAddress(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}
