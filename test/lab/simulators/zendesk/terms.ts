/** One term of Zendesk's search syntax: `email:"a@b"`, `status<solved`, `"a phrase"`, `word`. */
export interface Term {
  property: string | null;
  operator: ":" | "<" | ">" | "<=" | ">=";
  value: string;
  /** Quoted values match exactly, others loosely. */
  quoted: boolean;
  negated: boolean;
}

const TERM = /(-?)(?:([a-z_]+)(:|<=|>=|<|>))?(?:"([^"]*)"|([^\s"]+))/gi;

/** A quote inside a phrase cannot be escaped: it ends the phrase. */
export function parseTerms(query: string): Term[] {
  const result: Term[] = [];
  for (const match of query.matchAll(TERM)) {
    const [, minus, property, operator, phrase, word] = match;
    result.push({
      property: property?.toLowerCase() ?? null,
      operator: (operator ?? ":") as Term["operator"],
      value: phrase ?? word ?? "",
      quoted: phrase !== undefined,
      negated: minus === "-",
    });
  }
  return result;
}

/** Different properties must all match. Several values of one property are alternatives. */
export function fits<T>(terms: readonly Term[], item: T, test: (term: Term, item: T) => boolean): boolean {
  const groups = new Map<string, Term[]>();
  for (const term of terms) {
    if (term.negated) {
      if (test(term, item)) return false;
      continue;
    }
    const key = term.property === null ? `text ${groups.size}` : `${term.property}${term.operator}`;
    groups.set(key, [...(groups.get(key) ?? []), term]);
  }
  return [...groups.values()].every((alternatives) => alternatives.some((term) => test(term, item)));
}

/** Exact when quoted; otherwise a prefix of any word, with `*` as a wildcard. */
export function loosely(term: Term, text: string | null): boolean {
  if (text === null) return false;
  const hay = text.toLowerCase();
  const needle = term.value.toLowerCase();
  if (term.quoted) return hay === needle;
  const stars = needle.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`(^|[\\s@._+-])${stars.join(".*")}`).test(hay);
}

export function inOrder(operator: Term["operator"], actual: number, limit: number): boolean {
  if (operator === ":") return actual === limit;
  if (operator === "<") return actual < limit;
  if (operator === ">") return actual > limit;
  return operator === "<=" ? actual <= limit : actual >= limit;
}
