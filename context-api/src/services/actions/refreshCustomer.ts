import type { ActionResult, RefreshRequest } from "@sidelight/contracts/actions/action.ts";
import { openReader } from "../../log/reader.ts";
import { contextQuery } from "../contexts/contextQuery.ts";
import { refreshed } from "../contexts/refreshContext.ts";
import { iso } from "../instant.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { actionTarget, ownRef } from "./actionTarget.ts";
import { type ActionRequest, runAction } from "./runAction.ts";

/**
 * Fetches one customer from the platforms. The next read of its context shows what they answered.
 * @throws {ProblemError} invalid_ref, not_found, conflict, forbidden, rate_limited within 30 seconds of the last refresh
 */
export const refreshCustomer = defineService(
  "act:refresh",
  async (context: ServiceContext, { ref, ...input }: RefreshRequest & ActionRequest): Promise<ActionResult> => {
    const parsed = ownRef(context, ref);
    const request = { ref: parsed.ref };
    const { id, at } = await runAction(context, input, { action: "refresh", request }, async () => {
      await refreshed(context, contextQuery(context, { ref }));
      return { target: await actionTarget(openReader(context.served.tenant.log), parsed), ids: {} };
    });
    return { action: "refresh", id, at: iso(at), note: null };
  },
);
