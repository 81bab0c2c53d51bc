/** The exports of the shared panel code that the component for actions uses. */
export { createActions } from "@sidelight/panel/actions/actions.ts";
export { createDrafts } from "@sidelight/panel/actions/drafts.ts";
export { actionHeads } from "@sidelight/panel/actions/heads.ts";
export { limits } from "@sidelight/panel/actions/limits.ts";
export { localDay } from "@sidelight/panel/actions/localDay.ts";
export { maskedPointers, withRevealed } from "@sidelight/panel/actions/overlay.ts";
export { counterText, toActions } from "@sidelight/panel/actions/toActions.ts";
