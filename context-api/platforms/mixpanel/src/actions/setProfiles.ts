import type { Action } from "@sidelight/platform-kit/action.ts";
import { performEach } from "@sidelight/platform-kit/batch.ts";
import { done } from "@sidelight/platform-kit/outcome.ts";
import { z } from "zod";
import type { Ingest } from "../ingest.ts";
import { mostUpdates, setProfile } from "./profiles.ts";
import { DistinctId, Properties } from "./values.ts";

const Input = z.strictObject({ distinctIds: z.array(DistinctId).min(1).max(mostUpdates), set: Properties });
type Input = z.infer<typeof Input>;

/** Sets the same properties of several people, as of everybody at a company. Doing it again changes nothing. */
export function setProfiles(ingest: Ingest): Action<Input> {
  const each = setProfile(ingest);
  return {
    summary: "Sets the same properties of several profiles",
    input: Input,
    batch: 1,
    sameAs: () => null,
    perform: (effects, call) =>
      performEach(effects, async ({ id, at, input: { distinctIds, set } }) => {
        const single = distinctIds.map((distinctId) => ({ id, at, input: { distinctId, set } }));
        const outcomes = await each.perform(single, call);
        return outcomes.find(({ state }) => state === "failed") ?? done(null);
      }),
  };
}
