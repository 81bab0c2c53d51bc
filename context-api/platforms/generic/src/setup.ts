import type { Setup } from "@sidelight/platform-kit/platform.ts";

export const genericSetup: Setup = {
  steps: [
    "Nothing to sign in to: your services sign what they send as Standard Webhooks has it.",
    "Make up two secrets: one that ends the address, and whsec_ with base64 of 32 random bytes that signs.",
    "Write the connection into the configuration, with a webhook of kind events that names both; docs/webhooks.md shows one.",
  ],
  questions: [],
};
