import type { Action, Effect, Outcome } from "@sidelight/platform-kit/action.ts";
import { byHalves, groupSame, performGroups } from "@sidelight/platform-kit/batch.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { done, failed } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { Ingest } from "../ingest.ts";
import { userRef } from "../records.ts";
import { type Update, type Updates, updatesOf } from "./updates.ts";
import { DistinctId, invalid, isBanned, isNobody, Properties } from "./values.ts";

const Profile = z.strictObject({ distinctId: DistinctId, set: Properties });
type Profile = z.infer<typeof Profile>;
const Group = z.strictObject({ groupKey: z.string().min(1).max(255), groupId: z.string().min(1).max(255), set: Properties });
type Group = z.infer<typeof Group>;

/** "2000 profile updates per request", of people and of groups. */
export const mostUpdates = 2_000;

/** Sets properties of a person's profile: the newest value of each. Doing it again changes nothing. */
export const setProfile = (ingest: Ingest): Action<Profile> =>
  setting(ingest, "/engage", {
    summary: "Sets properties of a profile",
    input: Profile,
    sameAs: ({ distinctId }) => distinctId,
    objection: ({ distinctId }) => (isBanned(distinctId) ? isNobody : null),
    update: (updates, { distinctId, set }) => updates.profile(distinctId, set),
    ref: ({ distinctId }) => userRef(distinctId),
  });

/** Sets properties of a group, as a company. Groups have no ref of ours. */
export const setGroup = (ingest: Ingest): Action<Group> =>
  setting(ingest, "/groups", {
    summary: "Sets properties of a group",
    input: Group,
    sameAs: ({ groupKey, groupId }) => `${groupKey}:${groupId}`,
    objection: () => null,
    update: (updates, { groupKey, groupId, set }) => updates.group(groupKey, groupId, set),
    ref: () => null,
  });

interface Setting<Input> extends Pick<Action<Input>, "summary" | "input" | "sameAs"> {
  objection(input: Input): Outcome | null;
  update(updates: Updates, input: Input): Update;
  ref(input: Input): string | null;
}

function setting<Input extends { set: Update }>(
  ingest: Ingest,
  path: "/engage" | "/groups",
  { summary, input, sameAs, objection, update, ref }: Setting<Input>,
): Action<Input> {
  const action: Action<Input> = {
    summary,
    input,
    batch: mostUpdates,
    sameAs,
    merge: (older, newer) => ({ ...newer, set: { ...older.set, ...newer.set } }),
    perform: (effects: Effect<Input>[], call) =>
      performGroups(groupSame(action, effects), async (inputs) => {
        const token = await ingest.token();
        if (token === null) return inputs.map(() => noToken);
        const updates = updatesOf(token);
        const objections = inputs.map(objection);
        const good = inputs.filter((_, i) => objections[i] === null);
        const sent = await byHalves(good, (some) => send(some, updates, call), isDivisible);
        return objections.map((outcome) => outcome ?? sent.shift()!);
      }),
  };
  return action;

  async function send(inputs: Input[], updates: Updates, call: CallOptions): Promise<Outcome[]> {
    const refused = await ingest.update(
      path,
      inputs.map((one) => update(updates, one)),
      call,
    );
    const isUnclear = refused === null || refused.some(({ index }) => index === null);
    if (isUnclear && inputs.length > 1) throw new Unexplained();
    return inputs.map((one, i) => {
      const own = refused === null ? { field: null } : refused.find(({ index }) => index === null || index === i);
      return own ? invalid(own) : done(ref(one));
    });
  }
}

/** Something of a batch wasn't taken, and nothing says what. */
class Unexplained extends PlatformError {
  constructor() {
    super("rejected", "mixpanel", "Mixpanel refuses the updates.");
  }
}
const isDivisible = (error: unknown): boolean =>
  error instanceof Unexplained || (error instanceof PlatformError && error.status === 413);

const noToken = failed("misconfigured", "The connection names no project token (settings.token).");
