import { normaliseEmail } from "@sidelight/model/refs.ts";
import type { Action, Effect, Outcome } from "@sidelight/platform-kit/action.ts";
import { performEach } from "@sidelight/platform-kit/batch.ts";
import { done, failed } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { ZendeskClient } from "../client.ts";
import { userRef } from "../records.ts";
import { ZendeskRefusal } from "../refusal.ts";
import { WireUser } from "../wire.ts";
import { findByEmail, findByExternalId } from "./users.ts";

const Input = z.strictObject({
  email: z.string().refine((email) => normaliseEmail(email) !== null, "no e-mail address"),
  name: z.string().trim().min(1).max(255),
  phone: z.string().max(255).nullish(),
  externalId: z.string().min(1).max(255).nullish(),
});
type Input = z.infer<typeof Input>;

const Answer = z.looseObject({ user: WireUser });
const taken = /DuplicateValue|already (being used|been taken)/i;

/**
 * Makes an end user unless there is one with this address. Acts once: an address and an external id belong to one user, so that
 * where the look-up misses one just made, Zendesk refuses the second.
 */
export const createUser = (client: ZendeskClient): Action<Input> => ({
  summary: "Makes an end user, unless one has the address already",
  input: Input,
  batch: 1,
  sameAs: ({ email }) => `email:${normaliseEmail(email)}`,
  perform: (effects, call) => performEach(effects, (effect) => create(client, effect, call)),
});

async function create(client: ZendeskClient, { id: key, input }: Effect<Input>, call: CallOptions): Promise<Outcome> {
  const { email, name, phone, externalId } = input;
  const known = await findByEmail(client, email, call);
  if (known !== null) return done(userRef(known), false);
  // Whoever is made here hasn't asked for an account: no welcome is sent.
  const user = {
    ...{ name, email, skip_verify_email: true },
    ...(phone ? { phone } : {}),
    ...(externalId ? { external_id: externalId } : {}),
  };
  const route = "/api/v2/users";
  try {
    const made = await client.write({ method: "POST", path: route, route, body: { user }, key }, Answer, call);
    return done(userRef(made.user.id));
  } catch (error) {
    if (!(error instanceof ZendeskRefusal)) throw error;
    if (error.says(taken)) return await existing(client, input, call);
    return failed("rejected", "Zendesk doesn't take the user's address, name or phone number.");
  }
}

/** Somebody has the address or the external id; the index may not know them yet. */
async function existing(client: ZendeskClient, { email, externalId }: Input, call: CallOptions): Promise<Outcome> {
  const byExternalId = externalId ? await findByExternalId(client, externalId, call) : null;
  const id = byExternalId ?? (await findByEmail(client, email, call));
  return done(id === null ? null : userRef(id), false);
}
