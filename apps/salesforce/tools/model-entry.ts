/** What the component uses of the shared view-model, and nothing else of it. */
export { createMarks } from "@sidelight/panel/marks.ts";
export { toPanel } from "@sidelight/panel/to-panel.ts";
