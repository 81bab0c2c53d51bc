import type { Replay } from "@sidelight/contracts/events/replay.ts";
import { listReplays as listReplayRows } from "../../store/tables/replays.ts";
import { type Page, type PageInput, pageByOffset } from "../page.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { replayView } from "./replayView.ts";

export interface ReplayListInput extends PageInput {
  state?: string | undefined;
  /** Started at or after this instant, epoch ms. */
  since?: number | undefined;
}

/** Replays, newest first. */
export const listReplays = defineService(
  "operate",
  ({ served }: ServiceContext, { state, since, ...page }: ReplayListInput): Promise<Page<Replay>> =>
    pageByOffset(page, (slice) => listReplayRows(served.tenant.log.store, { ...slice, state, since }), replayView),
);
