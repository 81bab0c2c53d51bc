import type { Conflict } from "@sidelight/contracts/conflicts/conflict.ts";
import { listConflicts as listConflictRows } from "../../store/tables/conflicts.ts";
import { type Page, type PageInput, pageByOffset } from "../page.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { conflictViews } from "./conflictViews.ts";

export interface ConflictListInput extends PageInput {
  /** Name of a field. */
  field?: string | undefined;
  /** open or resolved. */
  state?: string | undefined;
  /** Opened at or after this instant, epoch ms. */
  since?: number | undefined;
}

/** Conflicts between platforms, newest first. */
export const listConflicts = defineService(
  "operate",
  async (
    { served: { tenant }, actor }: ServiceContext,
    { limit, cursor, ...filter }: ConflictListInput,
  ): Promise<Page<Conflict>> => {
    const { store } = tenant.log;
    const { items, nextCursor } = await pageByOffset(
      { limit, cursor },
      (slice) => listConflictRows(store, { ...slice, ...filter }),
      (row) => row,
    );
    return { items: await conflictViews(tenant, items, actor.rights), nextCursor };
  },
);
