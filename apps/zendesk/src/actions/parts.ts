/** What actions open: one file, because they share Garden's form fields. */
export { ActionForms } from "./ActionForms.tsx";
export { Notes } from "./Notes.tsx";
