import type { Action } from "@sidelight/platform-kit/action.ts";
import { performEach } from "@sidelight/platform-kit/batch.ts";
import { success } from "@sidelight/platform-kit/outcome.ts";
import { z } from "zod";
import type { Ingest } from "../ingest.ts";
import type { Mapping } from "../records.ts";
import { maxUpdates, setProfile } from "./profiles.ts";
import { DistinctId, Properties } from "./values.ts";

const Input = z.strictObject({ distinctIds: z.array(DistinctId).min(1).max(maxUpdates), set: Properties });
type Input = z.infer<typeof Input>;

/** Sets the same properties of several profiles, for example of all people at a company. Idempotent. */
export function setProfiles(ingest: Ingest, mapping: Mapping): Action<Input> {
  const profileAction = setProfile(ingest, mapping);
  return {
    summary: "Sets the same properties of several profiles",
    purpose: "analytics",
    input: Input,
    batch: 1,
    sameAs: () => null,
    writes: ({ distinctIds, set }) => distinctIds.flatMap((distinctId) => profileAction.writes?.({ distinctId, set }) ?? []),
    perform: (effects, call) =>
      performEach(effects, async ({ id, at, input: { distinctIds, set } }) => {
        const single = distinctIds.map((distinctId) => ({ id, at, input: { distinctId, set } }));
        const outcomes = await profileAction.perform(single, call);
        return outcomes.find(({ state }) => state === "failed") ?? success(null);
      }),
  };
}
