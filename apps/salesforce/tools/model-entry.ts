/** What the component uses of the shared view-model, and nothing else of it. */
export { toPanel } from "@sidelight/shared/panel/to-panel.ts";
