import type { Setup } from "@sidelight/platform-kit/platform.ts";

const withSecret = { setting: "auth.flow", is: "client-credentials" } as const;
const withKey = { setting: "auth.flow", is: "jwt" } as const;

export const salesforceSetup: Setup = {
  steps: [
    "Create a user for Sidelight with the license Salesforce Integration, and give it a permission set with Read and View All Records on accounts, contacts, leads, opportunities and cases, and Access Activities.",
    "Setup → External Client App Manager → New External Client App; enable OAuth, with the scope Manage user data via APIs (api).",
    "To sign in with a secret: enable the client-credentials flow in the OAuth settings, and under Policies → OAuth policies run it as that user. Settings → OAuth settings → Consumer Key and Secret: copy both.",
    "To sign in with a certificate instead: enable the JWT bearer flow, upload the certificate, and under Policies pre-authorize that user by its profile or a second permission set. Copy the consumer key.",
    "Setup → My Domain: copy the URL. A sandbox has its own, which contains sandbox.",
    "docs/connect-salesforce.md describes each step and the commands that create a certificate.",
  ],
  questions: [
    { setting: "url", prompt: "My Domain", example: "https://mycompany.my.salesforce.com" },
    { setting: "auth.flow", prompt: "Sign-in", example: "", choices: ["client-credentials", "jwt"] },
    { setting: "auth.clientId", prompt: "Consumer key", example: "3MVG9…" },
    { setting: "auth.clientSecret", prompt: "Consumer secret", example: "", isSecret: true, onlyIf: withSecret },
    { setting: "auth.username", prompt: "Username of this user", example: "sidelight@mycompany.com", onlyIf: withKey },
    {
      setting: "auth.privateKey",
      prompt: "File of the private key",
      example: "server.key",
      isSecret: true,
      isInFile: true,
      onlyIf: withKey,
    },
  ],
};
