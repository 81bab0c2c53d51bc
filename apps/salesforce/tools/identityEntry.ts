/** The exports of the shared panel code that the component for "Wrong customer?" uses. */
export { createIdentity } from "@sidelight/panel/identity/identity.ts";
export { toIdentity } from "@sidelight/panel/identity/toIdentity.ts";
