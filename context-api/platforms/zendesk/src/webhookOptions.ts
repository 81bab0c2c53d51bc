import { SigningSecrets } from "@sidelight/platform-kit/signingSecrets.ts";
import { z } from "zod";

/** Settings of a webhook of kind `events`. */
export const WebhookOptions = z.strictObject({
  ...SigningSecrets,
  /** Zendesk's id of the user behind our OAuth client. Events of this user are echoes of our own writes. */
  ownUserId: z.string().regex(/^\d+$/).optional(),
  /** Quarantines events of another account, in case the webhook's URL leaks. */
  accountId: z.string().regex(/^\d+$/).optional(),
});
export type WebhookOptions = z.infer<typeof WebhookOptions>;
