import type { Setup } from "@sidelight/platform-kit/platform.ts";

export const zendeskSetup: Setup = {
  steps: [
    "Sign in to Zendesk as an administrator: the exports that Sidelight pulls are for administrators only.",
    "Admin Center → Apps and integrations → APIs → OAuth clients → Add OAuth client.",
    "Client kind: confidential. Copy the identifier; save, and copy the secret at once: it is shown only then.",
    "Sidelight requests the scope read with the client-credentials grant, and tickets:write and users:write once a route writes to Zendesk. No redirect URL is needed.",
  ],
  questions: [
    { setting: "url", prompt: "Address of your Zendesk", example: "https://mycompany.zendesk.com" },
    { setting: "auth.clientId", prompt: "Identifier of the OAuth client", example: "sidelight" },
    { setting: "auth.clientSecret", prompt: "Its secret", example: "", isSecret: true },
  ],
  fields: {
    setting: "ticketFields",
    prompt: "Create ticket fields for account value, last activity, sessions and health, which Sidelight fills in new tickets?",
  },
};
