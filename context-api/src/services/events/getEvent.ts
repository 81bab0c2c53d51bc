import type { EventWithTrace } from "@sidelight/contracts/events/event.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { findEvent } from "../../log/listEvents.ts";
import { ProblemError, shownId } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { eventTrace } from "./eventTrace.ts";

/** One event with its trace, masked for the actor's role. @throws {ProblemError} not_found */
export const getEvent = defineService(
  "events",
  async ({ served: { tenant, panelViews }, actor }: ServiceContext, { id }: { id: string }): Promise<EventWithTrace> => {
    const event = await findEvent(tenant.log, id);
    if (!event) throw new ProblemError("not_found", `There is no event ${shownId(id)}. GET /v1/events lists the ids.`);
    const view = await eventTrace(tenant, panelViews, event);
    return maskDeep(view, actor.rights).value;
  },
);
