import type { CallList } from "@sidelight/contracts/connections/call.ts";
import type { z } from "zod";
import { iso } from "../instant.ts";
import { type PageInput, pageByPosition } from "../page.ts";
import { defineService, type ServiceContext } from "../service.ts";

export interface CallListInput extends PageInput {
  platform?: string | undefined;
  /** Answered at or after this instant, epoch ms. */
  since?: number | undefined;
}

/** The last calls of this process to the platforms, newest first. */
export const listCalls = defineService(
  "operate",
  async ({ served }: ServiceContext, { platform, since = 0, ...page }: CallListInput): Promise<z.infer<typeof CallList>> => {
    const { callLog, id } = served.tenant;
    const { items, nextCursor } = await pageByPosition(
      page,
      ({ limit, below }) =>
        callLog
          .recent(id)
          .filter((call) => call.number < (below ?? Number.POSITIVE_INFINITY) && call.at >= since)
          .filter((call) => platform === undefined || call.platform === platform)
          .slice(0, limit),
      (call) => call.number,
    );
    return { items: items.map(({ number: _, tenant: __, at, ...call }) => ({ at: iso(at), ...call })), nextCursor };
  },
);
