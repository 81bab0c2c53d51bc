import type { Setup } from "@sidelight/platform-kit/platform.ts";

export const mixpanelSetup: Setup = {
  steps: [
    "Organization settings → Service Accounts → Add Service Account: role Consumer on your project; copy username and secret at once.",
    "Project settings → Overview: copy the project id and note the data residency (US, EU, India).",
    "Mixpanel allows 60 queries an hour for the whole project; Sidelight needs about six of them.",
  ],
  questions: [
    { setting: "projectId", prompt: "Project id", example: "1234567" },
    { setting: "region", prompt: "Data residency: us, eu or in", example: "us" },
    { setting: "auth.username", prompt: "Username of the service account", example: "sidelight.abc123.mp-service-account" },
    { setting: "auth.secret", prompt: "Its secret", example: "", isSecret: true },
  ],
};
