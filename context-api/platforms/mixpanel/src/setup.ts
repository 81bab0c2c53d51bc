import type { Setup } from "@sidelight/platform-kit/platform.ts";

export const mixpanelSetup: Setup = {
  steps: [
    "Organization settings → Service Accounts → Add Service Account: role Consumer on your project; copy username and secret at once.",
    "Project settings → Overview: copy the project id, and see where its data lives (US, EU, India).",
    "Mixpanel gives 60 queries an hour to the whole project; Sidelight needs about six of them.",
  ],
  questions: [
    { setting: "projectId", ask: "Project id", example: "1234567" },
    { setting: "region", ask: "Where its data lives: us, eu or in", example: "us" },
    { setting: "auth.username", ask: "Username of the service account", example: "sidelight.abc123.mp-service-account" },
    { setting: "auth.secret", ask: "Its secret", example: "", isSecret: true },
  ],
};
