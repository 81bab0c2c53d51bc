import type { Suggestion } from "@sidelight/contracts/identity/evidence.ts";

type Pair = { left: Pick<Suggestion["left"], "id">; right: Pick<Suggestion["right"], "id"> };

/** Which customers accepted suggestions have made one. Suggestions are pairs, so one customer can be in several of them. */
export interface JoinedCustomers {
  areJoined(suggestion: Pair): boolean;
  join(suggestion: Pair): void;
  /** The id that a customer has now. */
  current(id: string): string;
}

export function joinedCustomers(): JoinedCustomers {
  const joinedInto = new Map<string, string>();
  const current = (id: string): string => {
    const next = joinedInto.get(id);
    return next === undefined ? id : current(next);
  };
  return {
    areJoined: ({ left, right }: Pair): boolean => current(left.id) === current(right.id),
    join({ left, right }: Pair): void {
      const [into, from] = [current(left.id), current(right.id)];
      if (into !== from) joinedInto.set(from, into);
    },
    current,
  };
}

/** How many customers there are before and after all of these suggestions are accepted. */
export function countCustomers(suggestions: readonly Pair[]): { before: number; after: number } {
  const customers = joinedCustomers();
  for (const suggestion of suggestions) customers.join(suggestion);
  const ids = new Set(suggestions.flatMap(({ left, right }) => [left.id, right.id]));
  return { before: ids.size, after: new Set([...ids].map(customers.current)).size };
}
