import { changedMembers } from "@sidelight/model/changedMembers.ts";
import { canonicalEmail, withCanonicalEmails } from "@sidelight/model/identifiers/emailAddress.ts";
import type { Action, Attachment, Effect, Outcome, Write } from "@sidelight/platform-kit/action.ts";
import { groupSame, performBisecting, performGroups, performValid } from "@sidelight/platform-kit/batch.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { failure, success } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { Ingest } from "../ingest.ts";
import { type Mapping, profileRecord, userRef } from "../records.ts";
import { type Update, type Updates, updatesOf } from "./updates.ts";
import { DistinctId, invalid, isBanned, Properties, placeholderId } from "./values.ts";

const Profile = z.strictObject({ distinctId: DistinctId, set: Properties });
type Profile = z.infer<typeof Profile>;
const Group = z.strictObject({ groupKey: z.string().min(1).max(255), groupId: z.string().min(1).max(255), set: Properties });
type Group = z.infer<typeof Group>;

/** "2000 profile updates per request", of people and of groups. */
export const maxUpdates = 2_000;

/** Sets properties of a person's profile. Idempotent. */
export const setProfile = (ingest: Ingest, mapping: Mapping): Action<Profile> =>
  setAction(ingest, "/engage", {
    summary: "Sets properties of a profile",
    input: Profile,
    sameAs: ({ distinctId }) => distinctId,
    problemOf: ({ distinctId }) => (isBanned(distinctId) ? placeholderId : null),
    update: (updates, { distinctId, set }) =>
      updates.profile(
        distinctId,
        withCanonicalEmails(set, (name) => name === mapping.email),
      ),
    ref: ({ distinctId }) => userRef(distinctId),
    attaches: (input) => profileOf(input, mapping),
    writes: ({ distinctId, set }) => [writeOf(distinctId, set, mapping)],
  });

/**
 * The profile that a lead's properties belong on, where the route names a new profile by the lead's address or id. An id of the product
 * names its own profile.
 */
function profileOf(input: Profile, mapping: Mapping): Attachment<Profile> | null {
  const { distinctId, set } = input;
  const isAddress = canonicalEmail(distinctId) !== null;
  if (!isAddress && !distinctId.startsWith("lead:")) return null;
  const { data } = profileRecord({ $distinct_id: distinctId, $properties: set }, mapping, noOrigin);
  const { name, emails, phones } = data.kind === "person" ? data : { name: null, emails: [], phones: [] };
  return {
    object: "mixpanel.user",
    person: { name, emails: isAddress ? [distinctId, ...emails] : emails, phones },
    present: userRef(distinctId),
    account: null,
    isLoose: false,
    attachTo: (ref) => ({ ...input, distinctId: ref.slice(ref.indexOf(":") + 1) }),
  };
}

const noOrigin = { connection: "", observedAt: 0 };

/** The members of the stored record that the properties give, by the same conversion that reads a profile. */
function writeOf(distinctId: string, set: Record<string, unknown>, mapping: Mapping): Write {
  const dataOf = (properties: Record<string, unknown>) =>
    profileRecord({ $distinct_id: distinctId, $properties: properties }, mapping, noOrigin).data;
  const members = changedMembers(dataOf({}), dataOf(set));
  const values = Object.fromEntries(members.map(({ name, value }) => [name, value]));
  // A profile without a name of its own is named by its parts, of which the other one is not known here.
  const hasNamePart = [mapping.givenName, mapping.familyName].some((name) => name !== null && Object.hasOwn(set, name));
  const unforeseen = hasNamePart ? ["/name"] : [];
  return { object: "mixpanel.user", ref: userRef(distinctId), isCreation: false, values, unforeseen };
}

/** Sets properties of a group, such as a company. Idempotent. Groups have no ref. */
export const setGroup = (ingest: Ingest): Action<Group> =>
  setAction(ingest, "/groups", {
    summary: "Sets properties of a group",
    input: Group,
    sameAs: ({ groupKey, groupId }) => `${groupKey}:${groupId}`,
    problemOf: () => null,
    update: (updates, { groupKey, groupId, set }) => updates.group(groupKey, groupId, set),
    ref: () => null,
  });

interface SetAction<Input> extends Pick<Action<Input>, "summary" | "input" | "sameAs" | "writes" | "attaches"> {
  problemOf(input: Input): Outcome | null;
  update(updates: Updates, input: Input): Update;
  ref(input: Input): string | null;
}

function setAction<Input extends { set: Update }>(
  ingest: Ingest,
  path: "/engage" | "/groups",
  { summary, input, sameAs, problemOf, update, ref, writes, attaches }: SetAction<Input>,
): Action<Input> {
  const action: Action<Input> = {
    summary,
    purpose: "analytics",
    input,
    batch: maxUpdates,
    sameAs,
    ...(writes ? { writes } : {}),
    ...(attaches ? { attaches } : {}),
    merge: (older, newer) => ({ ...newer, set: { ...older.set, ...newer.set } }),
    perform: (effects: Effect<Input>[], call) =>
      performGroups(groupSame(action, effects), async (inputs) => {
        const token = await ingest.token();
        if (token === null) return inputs.map(() => noToken);
        const updates = updatesOf(token);
        return await performValid(inputs, problemOf, (valid) =>
          performBisecting(valid, (batch) => send(batch, updates, call), isBisectable),
        );
      }),
  };
  return action;

  async function send(inputs: Input[], updates: Updates, call: CallOptions): Promise<Outcome[]> {
    const refusals = await ingest.update(
      path,
      inputs.map((input) => update(updates, input)),
      call,
    );
    const isUnclear = refusals === null || refusals.some(({ index }) => index === null);
    if (isUnclear && inputs.length > 1) throw new UnexplainedRefusal();
    return inputs.map((input, i) => {
      const record = refusals === null ? { field: null } : refusals.find(({ index }) => index === null || index === i);
      return record ? invalid(record) : success(ref(input));
    });
  }
}

/** Mixpanel refused part of a batch and did not name it. */
class UnexplainedRefusal extends PlatformError {
  constructor() {
    super("rejected", "mixpanel", "Mixpanel refused the updates.");
  }
}
const isBisectable = (error: unknown): boolean =>
  error instanceof UnexplainedRefusal || (error instanceof PlatformError && error.status === 413);

const noToken = failure("misconfigured", "The connection has no project token. Set settings.token.");
