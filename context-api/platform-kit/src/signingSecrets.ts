import { z } from "zod";
import type { WebhookTools } from "./webhook.ts";

/** Configuration of a signed webhook's secrets: the current one, and the previous one while both are accepted. */
export const SigningSecrets = {
  secret: z.string().describe("Name of the secret"),
  previous: z
    .strictObject({ secret: z.string().describe("Name of the secret"), until: z.iso.datetime({ offset: true }) })
    .optional(),
};

export interface Signing {
  secret: string;
  previous?: { secret: string; until: string } | undefined;
}

/** Values of the secrets that a signature may use now. A secret that cannot be resolved is left out. */
export async function currentSecrets({ secret, previous }: Signing, tools: WebhookTools): Promise<string[]> {
  const names = previous && tools.now() < Date.parse(previous.until) ? [secret, previous.secret] : [secret];
  const values = await Promise.all(names.map((name) => tools.secret(name).catch(() => null)));
  return values.filter((value) => value !== null);
}

/** Largest accepted difference between a signed timestamp and our clock, ms. It allows for clock skew and limits replays. */
export const toleranceMs = 300_000;
