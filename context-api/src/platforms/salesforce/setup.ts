import type { Setup } from "../platform.ts";

export const salesforceSetup: Setup = {
  steps: [
    "Make a user for Sidelight with the licence Salesforce Integration, and assign the permission set Sidelight Integration of our package: read access to accounts, contacts, leads, opportunities, cases, tasks and events.",
    "Setup → External Client App Manager → New External Client App.",
    "Enable OAuth, with the scope Manage user data via APIs (api), and enable the client-credentials flow.",
    "Policies → OAuth policies → Client Credentials Flow: run as that user.",
    "Settings → OAuth settings → Consumer Key and Secret: copy both.",
    "Setup → My Domain: copy the address. A sandbox has its own, with sandbox in it.",
  ],
  questions: [
    { setting: "url", ask: "My Domain", example: "https://mycompany.my.salesforce.com" },
    { setting: "auth.clientId", ask: "Consumer key", example: "3MVG9…" },
    { setting: "auth.clientSecret", ask: "Consumer secret", example: "", isSecret: true },
  ],
};
