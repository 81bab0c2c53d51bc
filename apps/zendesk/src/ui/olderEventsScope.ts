import type { Context } from "@sidelight/contracts/context/context.ts";
import type { PanelOptions } from "@sidelight/panel/index.ts";
import type { OlderEvents } from "@sidelight/panel/timeline/olderEvents.ts";
import { createContext } from "react";

/** What the list of events needs to load older ones. */
export interface OlderEventsScope {
  context: Context;
  options: PanelOptions;
  /** The customer on screen. */
  customer: string;
  events: OlderEvents;
}

/** Null where older events cannot be read. */
export const OlderEventsContext = createContext<OlderEventsScope | null>(null);
