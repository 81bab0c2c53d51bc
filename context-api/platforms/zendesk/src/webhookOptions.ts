import type { SecretOptions } from "@sidelight/platform-kit/settings.ts";
import { signingSecrets } from "@sidelight/platform-kit/signingSecrets.ts";
import { z } from "zod";
import { publicTestSecret } from "./signature.ts";

const webhookSecret: SecretOptions = {
  description: "the signing secret of the webhook, as Zendesk shows it in Admin Center",
  problem: (value) => (value === publicTestSecret ? "is Zendesk's public test secret, which is refused" : null),
};

/** Settings of a webhook of kind `events`. */
export const WebhookOptions = z.strictObject({
  ...signingSecrets(webhookSecret),
  /** Zendesk's id of the user behind our OAuth client. Events of this user are echoes of our own writes. */
  ownUserId: z.string().regex(/^\d+$/).optional(),
  /** Quarantines events of another account, in case the webhook's URL leaks. */
  accountId: z.string().regex(/^\d+$/).optional(),
});
export type WebhookOptions = z.infer<typeof WebhookOptions>;
