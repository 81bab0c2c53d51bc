/** The exports of the shared panel code that the first screen of the component uses. */
export { createAnnouncer } from "@sidelight/panel/announcer.ts";
export { systemClock } from "@sidelight/panel/clock.ts";
export { panelView } from "@sidelight/panel/panelView.ts";
export { createMemory } from "@sidelight/panel/session/memory.ts";
export { createPanelSession } from "@sidelight/panel/session/session.ts";
export { optionsOf } from "@sidelight/panel/session/state.ts";
export { failedAnswer } from "@sidelight/panel/session/transport.ts";
export { placeOf } from "./places.ts";
