import { z } from "zod";
import type { InletTools } from "./webhook.ts";

/** Secrets of a signed webhook: the one in use, and the one before it until its overlap ends. */
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

/** Values that a signature may be made with now. One that can't be had is left out. */
export async function currentSecrets({ secret, previous }: Signing, tools: InletTools): Promise<string[]> {
  const names = previous && tools.now() < Date.parse(previous.until) ? [secret, previous.secret] : [secret];
  const values = await Promise.all(names.map((name) => tools.secret(name).catch(() => null)));
  return values.filter((value) => value !== null);
}

/** Far enough for clocks that differ and queues that wait; near enough that what was overheard is soon worth nothing. */
export const toleranceMs = 300_000;
