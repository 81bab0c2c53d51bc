import { type Note, NotesData } from "@sidelight/contracts/context/sections.ts";
import type { StoredRecord } from "@sidelight/model/records.ts";
import { defineSection, emptyContent, latest } from "./section.ts";

const maxListed = 20;

/** Notes that people wrote about a customer, in whatever panel. A person's are shown with those of their company. */
export const notesSection = defineSection<NotesData>({
  name: "notes",
  order: 60,
  source: null,
  schema: NotesData,
  view({ records: { notes } }) {
    if (notes.length === 0) return { ...emptyContent, data: { items: [] }, state: "empty" };
    const items = notes.toSorted(byPlace).slice(0, maxListed).map(noteView);
    return { ...emptyContent, data: { items }, changedAt: latest(notes), state: "ok" };
  },
});

/** Pinned ones first, then the newest. */
const byPlace = (a: StoredRecord<"note">, b: StoredRecord<"note">): number =>
  Number(b.data.isPinned) - Number(a.data.isPinned) ||
  b.data.createdAt.localeCompare(a.data.createdAt) ||
  a.key.localeCompare(b.key);

const noteView = ({ id, data: { body, author, createdAt, isPinned } }: StoredRecord<"note">): Note => ({
  id,
  at: createdAt,
  author: author.name,
  authorRef: author.ref,
  role: author.role,
  body,
  pinned: isPinned,
});
