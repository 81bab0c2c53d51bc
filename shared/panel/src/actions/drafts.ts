/** Part of a form that a person is filling in, by field. */
export type Draft = Readonly<Record<string, string>>;

export type DraftKind = "note" | "follow-up";

/** Texts that were not sent yet: they survive a reload and the end of a session. */
export interface Drafts {
  /** @returns an empty draft if none is kept */
  read(kind: DraftKind, customer: string): Draft;
  /** A draft without any text is removed. */
  keep(kind: DraftKind, customer: string, draft: Draft): void;
  remove(kind: DraftKind, customer: string): void;
}

const maxDrafts = 20;
const prefix = "sidelight.draft";

/**
 * Drafts in the storage of the browser's tab, apart for each person, because several may use one tab after another. They are the person's
 * own words; nothing of the customer but an opaque id is stored. Where the browser refuses storage, they last as long as the page.
 * @param person identifies who writes; "" when the host does not say
 */
export function createDrafts(storage: Pick<Storage, "getItem" | "setItem"> | null, person: string): Drafts {
  const key = `${prefix}.${person}`;
  let entries = parse(attempt(() => storage?.getItem(key) ?? null));

  function save(next: typeof entries): void {
    entries = next;
    attempt(() => storage?.setItem(key, JSON.stringify(next)));
  }

  function remove(kind: DraftKind, customer: string): void {
    const name = nameOf(kind, customer);
    if (entries.some(([entryName]) => entryName === name)) save(entries.filter(([entryName]) => entryName !== name));
  }

  return {
    read: (kind, customer) => entries.find(([name]) => name === nameOf(kind, customer))?.[1] ?? {},
    keep(kind, customer, draft) {
      const name = nameOf(kind, customer);
      if (!Object.values(draft).some((text) => text.trim() !== "")) return remove(kind, customer);
      save([...entries.filter(([entryName]) => entryName !== name), [name, draft] as const].slice(-maxDrafts));
    },
    remove,
  };
}

const nameOf = (kind: DraftKind, customer: string): string => `${kind} ${customer}`;

function parse(text: string | null): (readonly [string, Draft])[] {
  const value = attempt((): unknown => JSON.parse(text ?? "[]"));
  return Array.isArray(value) ? value.filter(isEntry) : [];
}

function isEntry(value: unknown): value is [string, Draft] {
  if (!Array.isArray(value) || typeof value[0] !== "string") return false;
  const draft: unknown = value[1];
  return typeof draft === "object" && draft !== null && Object.values(draft).every((text) => typeof text === "string");
}

/** Storage may be blocked or full. */
function attempt<T>(run: () => T): T | null {
  try {
    return run();
  } catch {
    return null;
  }
}
