/** What the component uses of the shared view-model, and nothing else of it. */
export { createMarks } from "@sidelight/shared/panel/marks.ts";
export { toPanel } from "@sidelight/shared/panel/to-panel.ts";
