import { createDrafts, type Drafts } from "@sidelight/panel/actions/drafts.ts";

const draftsByPerson = new Map<string, Drafts>();

export function draftsOf(person: string | null): Drafts {
  const key = person ?? "";
  const drafts = draftsByPerson.get(key) ?? createDrafts(tabStorage(), key);
  draftsByPerson.set(key, drafts);
  return drafts;
}

/** Null where the browser blocks the storage of frames. */
function tabStorage(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}
