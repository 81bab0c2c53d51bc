import { NotesData } from "@sidelight/contracts/context/sections.ts";
import { defineSection, emptyContent } from "./section.ts";

/** Notes that agents keep about a customer. */
export const notesSection = defineSection<NotesData>({
  name: "notes",
  order: 60,
  source: null,
  schema: NotesData,
  view: () => ({ ...emptyContent, data: { items: [] }, state: "empty" }),
});
