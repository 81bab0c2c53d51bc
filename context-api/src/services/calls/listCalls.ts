import type { CallList } from "@sidelight/contracts/connections/call.ts";
import type { z } from "zod";
import { type CallFilter, type CallRow, listCallRows } from "../../store/tables/calls.ts";
import { iso } from "../instant.ts";
import { type PageInput, pageById } from "../page.ts";
import { defineService, type ServiceContext } from "../service.ts";

export type CallListInput = PageInput & Omit<CallFilter, "limit" | "below">;
type Calls = z.infer<typeof CallList>;

/** The calls of all processes to the platforms, newest first. Those of this process are written before. */
export const listCalls = defineService(
  "operate",
  async ({ served }: ServiceContext, { limit, cursor, ...filter }: CallListInput): Promise<Calls> => {
    const { callLog, log } = served.tenant;
    await callLog.flush();
    const { items, nextCursor } = await pageById(
      { limit, cursor },
      (slice) => listCallRows(log.store, { ...slice, ...filter }),
      (row) => row.call_id,
    );
    return { items: items.map(callView), nextCursor };
  },
);

const callView = ({ at, operation, request_id, customer_tier, call_id: _, ...call }: CallRow): Calls["items"][number] => ({
  ...call,
  at: iso(at),
  route: operation,
  requestId: request_id,
  customerTier: customer_tier,
});
