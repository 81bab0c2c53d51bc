/** What actions open: one file, because they share Garden's form fields. */
export { FollowUp } from "./FollowUp.tsx";
export { Notes } from "./Notes.tsx";
export { Reveal } from "./Reveal.tsx";
