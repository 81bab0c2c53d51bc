import type { Customer } from "@sidelight/contracts/context/context.ts";
import type { HealthData } from "@sidelight/contracts/context/sections.ts";
import type { Event } from "@sidelight/contracts/events/event.ts";
import type { RoutingSettings } from "../config/routing.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import { type Expression, NotLoaded } from "./expression.ts";

/** What conditions and mappings see: the event, and its customer as known when it came. Nothing tells the present time. */
export interface RouteDocument {
  event: Event;
  /** The object it is about, as a ref. */
  ref: string;
  /** What the object says since this event. */
  record: unknown;
  customer: Customer | null;
  account: unknown;
  support: unknown;
  product: unknown;
  health: unknown;
  /** The sections of the customer's company, which count all its people: `company.support.open`. */
  company: unknown;
  /** Records of the customer on each platform, as refs: `links.salesforce.account`. */
  links: Record<string, Record<string, string>>;
  /** All of them, those of people who have declined left out: `ids.mixpanel.user`. */
  ids: Record<string, Record<string, string[]>>;
  settings: RoutingSettings;
}

/** What has to be read for it. Most routes look at little of it, and many at nothing. */
export type Part = Exclude<keyof RouteDocument, "event" | "ref" | "record" | "settings"> | "eventCustomer";

/** What is known of one event's customer. Each part is read once, when it is asked for. */
export interface Known {
  /** Without its customer. */
  event: Event;
  read(part: Part): Promise<unknown>;
}

/** What routing asks of the customers; handed in, since the reading of them stands above. */
export interface Knowledge {
  /** What was known as of the event. */
  of(event: LoggedEvent): Promise<Known>;
  /** Names of the objects that health is made of, on any platform. */
  objectsOfHealth: readonly string[];
  /** Whose health an event bears on: `company:…`, or `person:…` for somebody of no company; null for nobody who is known. */
  customerOf(event: LoggedEvent): Promise<string | null>;
  /** How a customer stood when that sequence was the last; null where nothing was known. */
  standingAt(customer: string, event: LoggedEvent, sequence: number): Promise<HealthData | null>;
  /** What the object said before this event; null when it said nothing. */
  recordBefore(event: LoggedEvent): Promise<unknown>;
  /** True when the person behind a ref has declined: nothing of theirs is sent anywhere. As of now. */
  hasDeclined(ref: string): Promise<boolean>;
}

/** The document of one event, filled as its expressions look at it. */
export interface Document {
  /** @throws {ExpressionError} */
  evaluate(expression: Expression): Promise<unknown>;
  /** The same with another value in the place of the object's. `wasRead` tells whether the expression looked at it. */
  evaluateWith(expression: Expression, record: unknown): Promise<{ value: unknown; wasRead: boolean }>;
  part<P extends Part>(part: P): Promise<P extends keyof RouteDocument ? RouteDocument[P] : unknown>;
}

const parts: readonly Exclude<Part, "eventCustomer">[] = [
  "customer",
  "account",
  "support",
  "product",
  "health",
  "company",
  "links",
  "ids",
];

export function openDocument(event: LoggedEvent, known: Known, settings: RoutingSettings): Document {
  const loaded = new Map<Part, unknown>();
  const load = async (part: Part): Promise<unknown> => {
    if (!loaded.has(part)) loaded.set(part, await known.read(part));
    return loaded.get(part);
  };
  const own = event.payload?.record?.data ?? null;

  async function evaluateWith(expression: Expression, record: unknown): Promise<{ value: unknown; wasRead: boolean }> {
    let wasRead = false;
    const readRecord = (): unknown => {
      wasRead = true;
      return record;
    };
    const seen = { event: {}, ref: event.payload?.ref ?? "", settings };
    Object.assign(seen.event, known.event);
    // What isn't there yet interrupts the expression, is read, and the expression starts anew: it has no effects.
    const late = (part: Part) => (): unknown => {
      if (!loaded.has(part)) throw new NotLoaded(part);
      return loaded.get(part);
    };
    define(seen.event, "customer", late("eventCustomer"));
    define(seen, "record", readRecord);
    for (const part of parts) define(seen, part, late(part));
    for (;;) {
      try {
        return { value: await expression.evaluate(seen), wasRead };
      } catch (error) {
        if (!(error instanceof NotLoaded)) throw error;
        await load(error.part as Part);
      }
    }
  }

  return {
    evaluateWith,
    evaluate: async (expression) => (await evaluateWith(expression, own)).value,
    part: async (part) => (await load(part)) as never,
  };
}

function define(object: object, name: string, get: () => unknown): void {
  Object.defineProperty(object, name, { get, enumerable: true });
}
