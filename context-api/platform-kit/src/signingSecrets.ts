import { z } from "zod";
import { type SecretOptions, secretName } from "./settings.ts";
import type { VerificationFailure, WebhookTools } from "./webhook.ts";

/** Configuration of a signed webhook's secrets: the current one, and the previous one while both are accepted. */
export const signingSecrets = (options: SecretOptions) => ({
  secret: secretName(options),
  previous: z.strictObject({ secret: secretName(options), until: z.iso.datetime({ offset: true }) }).optional(),
});

export interface Signing {
  secret: string;
  previous?: { secret: string; until: string } | undefined;
}

/** Values of the secrets that a signature may use now. A secret that cannot be resolved is left out. */
async function currentSecrets({ secret, previous }: Signing, tools: WebhookTools): Promise<string[]> {
  const names = previous && tools.now() < Date.parse(previous.until) ? [secret, previous.secret] : [secret];
  const values = await Promise.all(names.map((name) => tools.secret(name).catch(() => null)));
  return values.filter((value) => value !== null);
}

/**
 * Tries each secret that a request may be signed with. All are tried, so that the duration does not reveal which one matches.
 * @returns null when one matches
 */
export async function verifyWithSecrets(
  signing: Signing,
  tools: WebhookTools,
  isMatch: (secret: string) => boolean,
  mismatch: VerificationFailure = "signature_mismatch",
): Promise<VerificationFailure | null> {
  const secrets = await currentSecrets(signing, tools);
  if (secrets.length === 0) return "secret_unavailable";
  return secrets.map(isMatch).includes(true) ? null : mismatch;
}

/** Largest accepted difference between a signed timestamp and our clock, ms. It allows for clock skew and limits replays. */
export const toleranceMs = 300_000;
