import type { Action } from "@sidelight/platform-kit/action.ts";
import type { ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import type { Ingest } from "../ingest.ts";
import type { Mapping } from "../records.ts";
import { setGroup, setProfile } from "./profiles.ts";
import { setProfiles } from "./setProfiles.ts";
import { track } from "./track.ts";

/** The actions of a Mixpanel connection. */
export const mixpanelActions = (
  ingest: Ingest,
  tools: Pick<ConnectionTools, "now">,
  mapping: Mapping,
): Record<string, Action> => ({
  track: track(ingest, tools),
  "set-profile": setProfile(ingest, mapping),
  "set-profiles": setProfiles(ingest, mapping),
  "set-group": setGroup(ingest),
});
