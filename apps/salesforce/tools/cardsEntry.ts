/** The export of the shared panel code that the cards use: loaded only if a layout names cards. It has no texts of its own. */
export { createPanelCards } from "@sidelight/panel/cards/cards.ts";
