import { canonicalEmail } from "@sidelight/model/identifiers/emailAddress.ts";
import type { Action, Effect, Outcome } from "@sidelight/platform-kit/action.ts";
import { performEach } from "@sidelight/platform-kit/batch.ts";
import { failure, success } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { ZendeskClient } from "../client.ts";
import { userRef } from "../records.ts";
import { ZendeskRefusal } from "../refusal.ts";
import { WireUser } from "../wire.ts";
import { findByEmail, findByExternalId } from "./users.ts";

const Input = z.strictObject({
  email: z.string().refine((email) => canonicalEmail(email) !== null, "not an e-mail address"),
  name: z.string().trim().min(1).max(255),
  phone: z.string().max(255).nullish(),
  externalId: z.string().min(1).max(255).nullish(),
});
type Input = z.infer<typeof Input>;

/** As it is searched and stored. A route may take it from a field in which it was typed: ` Ann@X.COM `. */
const addressOf = (email: string): string => canonicalEmail(email) ?? email;

const Answer = z.looseObject({ user: WireUser });
const duplicatePattern = /DuplicateValue|already (being used|been taken)/i;

/**
 * Creates an end user unless one has this address. Idempotent: an address and an external id belong to one user, so Zendesk refuses
 * a second user when the search misses a new one.
 */
export const createUser = (client: ZendeskClient): Action<Input> => ({
  summary: "Creates an end user unless one has the e-mail address",
  purpose: "support",
  input: Input,
  batch: 1,
  sameAs: ({ email }) => `email:${addressOf(email)}`,
  creates: ({ email, name, phone }) => ({
    object: "zendesk.user",
    person: { name, emails: [addressOf(email)], phones: phone ? [phone] : [] },
  }),
  writes: () => [{ object: "zendesk.user", ref: null, isCreation: true, values: {} }],
  perform: (effects, call) => performEach(effects, (effect) => create(client, effect, call)),
});

async function create(client: ZendeskClient, { id: key, input }: Effect<Input>, call: CallOptions): Promise<Outcome> {
  const { name, phone, externalId } = input;
  const email = addressOf(input.email);
  const existing = await findByEmail(client, email, call);
  if (existing !== null) return success(userRef(existing), false);
  // The person did not ask for an account, so no welcome e-mail is sent.
  const user = {
    ...{ name, email, skip_verify_email: true },
    ...(phone ? { phone } : {}),
    ...(externalId ? { external_id: externalId } : {}),
  };
  const route = "/api/v2/users";
  try {
    const created = await client.write({ method: "POST", path: route, route, body: { user }, key }, Answer, call);
    return success(userRef(created.user.id));
  } catch (error) {
    if (!(error instanceof ZendeskRefusal)) throw error;
    if (error.matches(duplicatePattern)) return await findExisting(client, input, call);
    return failure("rejected", "Zendesk refused the user's e-mail address, name or phone number.");
  }
}

/** The user who has the address or the external id. The search index may not contain them yet. */
async function findExisting(client: ZendeskClient, { email: text, externalId }: Input, call: CallOptions): Promise<Outcome> {
  const byExternalId = externalId ? await findByExternalId(client, externalId, call) : null;
  const id = byExternalId ?? (await findByEmail(client, addressOf(text), call));
  return success(id === null ? null : userRef(id), false);
}
