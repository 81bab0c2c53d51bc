import type { Customer } from "@sidelight/contracts/context/context.ts";
import type { HealthData } from "@sidelight/contracts/context/sections.ts";
import type { Event } from "@sidelight/contracts/events/event.ts";
import type { RoutingSettings } from "../config/routing.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import { type Expression, NotLoadedError } from "./expression.ts";

/** What conditions and transformers read: the event, and its customer as of the event. It does not contain the current time. */
export interface RouteDocument {
  event: Event;
  /** Ref of the event's object. */
  ref: string;
  /** The object's data after this event. */
  record: unknown;
  customer: Customer | null;
  account: unknown;
  support: unknown;
  product: unknown;
  health: unknown;
  /** Sections of the customer's company, which aggregate all its people: `company.support.open`. */
  company: unknown;
  /** One record id of the customer per platform and object: `links.salesforce.account`. */
  links: Record<string, Record<string, string>>;
  /** All record ids, without those of people who declined: `ids.mixpanel.user`. */
  ids: Record<string, Record<string, string[]>>;
  settings: RoutingSettings;
}

/** Members that are loaded on first use, since most routes read few of them. */
export type DocumentPart = Exclude<keyof RouteDocument, "event" | "ref" | "record" | "settings"> | "eventCustomer";

/** Data of one event and its customer. */
export interface EventData {
  /** The event without its customer. */
  event: Event;
  read(part: DocumentPart): Promise<unknown>;
}

/** The customer data that routing reads. */
export interface CustomerDataSource {
  /** Data as of the event. */
  forEvent(event: LoggedEvent): Promise<EventData>;
  /** Names of objects, on any platform, that the health score is computed from. */
  healthObjects: readonly string[];
  /** Whose health an event affects: `company:…`, or `person:…` for a person without a company; null for an unknown customer. */
  healthCustomer(event: LoggedEvent): Promise<string | null>;
  /** A customer's health as of that sequence; null when unknown. */
  healthAt(customer: string, event: LoggedEvent, sequence: number): Promise<HealthData | null>;
  /** The object's data before this event; null when there was none. */
  previousRecord(event: LoggedEvent): Promise<unknown>;
  /** True when the person behind a ref has declined, as of now: nothing about them is sent. */
  hasDeclined(ref: string): Promise<boolean>;
}

/** The document of one event. Its parts are loaded as expressions read them. */
export interface Document {
  /** @throws {ExpressionError} */
  evaluate(expression: Expression): Promise<unknown>;
  /** Evaluates with another `record`. `wasRead` is true when the expression read it. */
  evaluateWith(expression: Expression, record: unknown): Promise<{ value: unknown; wasRead: boolean }>;
  part<P extends DocumentPart>(part: P): Promise<P extends keyof RouteDocument ? RouteDocument[P] : unknown>;
}

const parts: readonly Exclude<DocumentPart, "eventCustomer">[] = [
  "customer",
  "account",
  "support",
  "product",
  "health",
  "company",
  "links",
  "ids",
];

export function openDocument(event: LoggedEvent, data: EventData, settings: RoutingSettings): Document {
  const loaded = new Map<DocumentPart, unknown>();
  const load = async (part: DocumentPart): Promise<unknown> => {
    if (!loaded.has(part)) loaded.set(part, await data.read(part));
    return loaded.get(part);
  };
  const currentRecord = event.payload?.record?.data ?? null;

  async function evaluateWith(expression: Expression, record: unknown): Promise<{ value: unknown; wasRead: boolean }> {
    let wasRead = false;
    const readRecord = (): unknown => {
      wasRead = true;
      return record;
    };
    const document = { event: { ...data.event }, ref: event.payload?.ref ?? "", settings };
    // A part that is not loaded interrupts the expression. It is loaded, and the expression starts again: it has no side effects.
    const readPart = (part: DocumentPart) => (): unknown => {
      if (!loaded.has(part)) throw new NotLoadedError(part);
      return loaded.get(part);
    };
    defineGetter(document.event, "customer", readPart("eventCustomer"));
    defineGetter(document, "record", readRecord);
    for (const part of parts) defineGetter(document, part, readPart(part));
    for (;;) {
      try {
        return { value: await expression.evaluate(document), wasRead };
      } catch (error) {
        if (!(error instanceof NotLoadedError)) throw error;
        await load(error.part as DocumentPart);
      }
    }
  }

  return {
    evaluateWith,
    evaluate: async (expression) => (await evaluateWith(expression, currentRecord)).value,
    part: async (part) => (await load(part)) as never,
  };
}

function defineGetter(object: object, name: string, get: () => unknown): void {
  Object.defineProperty(object, name, { get, enumerable: true });
}
