import type { ListedEvent } from "@sidelight/contracts/events/event.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { eventViews } from "../../context/eventViews.ts";
import { listEvents as listLoggedEvents } from "../../log/listEvents.ts";
import { yieldToEventLoop } from "../../resilience/yieldToEventLoop.ts";
import { type Page, type PageInput, pageByPosition } from "../page.ts";
import { defineService, type ServiceContext } from "../service.ts";

export interface EventListInput extends PageInput {
  platform?: string | undefined;
  /** The whole event type: `zendesk.ticket.created`. */
  type?: string | undefined;
  /** Received at or after this instant, epoch ms. */
  since?: number | undefined;
  /** The platform's own id of the event. */
  sourceEventId?: string | undefined;
}

/** Events of the log, newest first, masked for the actor's role. */
export const listEvents = defineService(
  "events",
  async (
    { served: { tenant }, actor }: ServiceContext,
    { limit, cursor, ...filter }: EventListInput,
  ): Promise<Page<ListedEvent>> => {
    const { items, nextCursor } = await pageByPosition(
      { limit, cursor },
      (slice) => listLoggedEvents(tenant.log, { limit: slice.limit, beforeSequence: slice.below, ...filter }),
      (event) => event.sequence,
    );
    const views = await eventViews(tenant, items);
    const maskedViews: ListedEvent[] = [];
    for (const view of views) {
      await yieldToEventLoop();
      maskedViews.push(maskDeep(view, actor.rights).value);
    }
    return { items: maskedViews, nextCursor };
  },
);
