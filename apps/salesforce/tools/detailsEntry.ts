import en from "@sidelight/panel/messages/en.json" with { type: "json" };
import { addEnglish } from "@sidelight/panel/translate.ts";

// Only the texts of this part: see buildModel.ts.
addEnglish(en);

/** The exports of the shared panel code that the component loads after the first screen. */
export { details } from "@sidelight/panel/details.ts";
export { createMarks } from "@sidelight/panel/marks.ts";
export { createOlderEvents, toOlderEvents } from "@sidelight/panel/timeline/olderEvents.ts";
