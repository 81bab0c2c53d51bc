import type { Setup } from "@sidelight/platform-kit/platform.ts";

export const genericSetup: Setup = {
  steps: [
    "There is no sign-in: your services sign their requests as specified by Standard Webhooks.",
    "Create two secrets: the token at the end of the webhook's URL, and the signing secret, whsec_ and base64 of 32 random bytes.",
    "Add the connection to the configuration with a webhook of kind events that names both secrets. See docs/webhooks.md.",
  ],
  questions: [],
};
