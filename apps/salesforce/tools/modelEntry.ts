/** The exports of the shared panel code that the component uses. */
export { createAnnouncer } from "@sidelight/panel/announcer.ts";
export { systemClock } from "@sidelight/panel/clock.ts";
export { createMarks } from "@sidelight/panel/marks.ts";
export { createPanelSession } from "@sidelight/panel/session/session.ts";
export { optionsOf } from "@sidelight/panel/session/state.ts";
export { failedAnswer } from "@sidelight/panel/session/transport.ts";
export { toPanel } from "@sidelight/panel/toPanel.ts";
export { placeOf } from "./places.ts";
