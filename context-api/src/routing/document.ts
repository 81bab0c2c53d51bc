import type { Customer } from "@sidelight/shared/context/context.ts";
import type { Event } from "@sidelight/shared/events/event.ts";
import type { RoutingSettings } from "../config/routing.ts";
import type { LoggedEvent } from "../events/list.ts";

/** What conditions and mappings see: the event, and its customer as known when it came. Nothing tells the present time. */
export interface RouteDocument {
  event: Event;
  /** The object it is about, as a ref. */
  ref: string;
  record: unknown;
  customer: Customer | null;
  account: unknown;
  support: unknown;
  product: unknown;
  health: unknown;
  /** Records of the customer on each platform, as refs: `links.salesforce.account`. */
  links: Record<string, Record<string, string>>;
  settings: RoutingSettings;
}

export interface Documented {
  document: RouteDocument;
  /** True when the person has declined: nothing of theirs is sent anywhere. */
  isWithheld: boolean;
}

/** Reads what is known of an event's customer as of the event; handed in, since the reading stands above. */
export type DocumentOf = (event: LoggedEvent, settings: RoutingSettings) => Promise<Documented>;
