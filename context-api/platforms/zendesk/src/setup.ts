import type { Setup } from "@sidelight/platform-kit/platform.ts";

export const zendeskSetup: Setup = {
  steps: [
    "Sign in to Zendesk as an administrator: the exports that Sidelight pulls are for administrators only.",
    "Admin Center → Apps and integrations → APIs → OAuth clients → Add OAuth client.",
    "Client kind: confidential. Copy the identifier; save, and copy the secret at once: it is shown only then.",
    "Sidelight asks for the scope read with the client-credentials grant, and for tickets:write and users:write once a route writes here; no redirect address is needed.",
  ],
  questions: [
    { setting: "url", ask: "Address of your Zendesk", example: "https://mycompany.zendesk.com" },
    { setting: "auth.clientId", ask: "Identifier of the OAuth client", example: "sidelight" },
    { setting: "auth.clientSecret", ask: "Its secret", example: "", isSecret: true },
  ],
};
