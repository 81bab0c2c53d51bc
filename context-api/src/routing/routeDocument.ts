import type { Customer } from "@sidelight/contracts/context/context.ts";
import type { HealthData } from "@sidelight/contracts/context/sections.ts";
import type { Event } from "@sidelight/contracts/events/event.ts";
import type { Purpose } from "@sidelight/model/purposes.ts";
import type { RoutingSettings } from "../config/routing.ts";
import type { ConsentChecks } from "../context/consent.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { Expression } from "./expression.ts";
import type { ExpressionInput } from "./interpreter.ts";

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
  /** The same of the company that the object counted to before the event; null unless the event moved it to another one. */
  previousCompany: unknown;
  /** One record id of the customer per platform and object: `links.salesforce.account`. */
  links: Record<string, Record<string, string>>;
  /** All record ids, without those of people who withdrew consent for the route's purpose: `ids.mixpanel.user`. */
  ids: Record<string, Record<string, string[]>>;
  settings: RoutingSettings;
}

/** Members that are loaded on first use, since most routes read few of them. */
export type DocumentPart = Exclude<keyof RouteDocument, "event" | "ref" | "record" | "settings"> | "eventCustomer";

/** Data of one event and its customer. */
export interface EventData {
  /** The event without its customer. */
  event: Event;
  read(part: DocumentPart, purpose: Purpose | null): Promise<unknown>;
}

/** What is written to an account besides the tickets' own events. */
export interface CompanyFigures {
  openTickets: number | null;
  highestPriority: string | null;
  /** Share of good ratings, 0–1. */
  satisfaction: number | null;
  lastActiveAt: string | null;
  sessions30d: number | null;
  health: number | null;
}

/** The customer data that routing reads. */
export interface CustomerDataSource extends ConsentChecks {
  /** Data as of the event. */
  forEvent(event: LoggedEvent): Promise<EventData>;
  /** Names of objects, on any platform, that the health score is computed from. */
  healthObjects: readonly string[];
  /** Whose health an event affects: `company:…`, or `person:…` for a person without a company; null for an unknown customer. */
  healthCustomer(event: LoggedEvent): Promise<string | null>;
  /** A customer's health as of that sequence; null when unknown. */
  healthAt(customer: string, event: LoggedEvent, sequence: number): Promise<HealthData | null>;
  /** The support and usage figures of a company (`company:…`) at an instant, epoch ms; null when it is unknown. */
  companyFigures(customer: string, instant: number): Promise<CompanyFigures | null>;
  /** The object's data before this event; null when there was none. */
  previousRecord(event: LoggedEvent): Promise<unknown>;
}

/** The document of one event. Its parts are loaded as expressions read them. */
export interface Document {
  /** @throws {ExpressionError} */
  evaluate(expression: Expression): Promise<unknown>;
  /** Evaluates with another `record`. `wasRead` is true when the expression read it. */
  evaluateWith(expression: Expression, record: unknown): Promise<{ value: unknown; wasRead: boolean }>;
  part<P extends DocumentPart>(part: P): Promise<P extends keyof RouteDocument ? RouteDocument[P] : unknown>;
  /** The same document without the ids of people who withdrew consent for a purpose. */
  forPurpose(purpose: Purpose | null): Document;
}

const parts: readonly Exclude<DocumentPart, "eventCustomer">[] = [
  "customer",
  "account",
  "support",
  "product",
  "health",
  "company",
  "previousCompany",
  "links",
  "ids",
];

export const openDocument = (event: LoggedEvent, data: EventData, settings: RoutingSettings): Document =>
  documentOf(event, data, settings, { loaded: new Map(), purpose: null });

/** Parts that were loaded, by name. Documents of several purposes share them. */
interface LoadedParts {
  loaded: Map<string, unknown>;
  purpose: Purpose | null;
}

function documentOf(event: LoggedEvent, data: EventData, settings: RoutingSettings, { loaded, purpose }: LoadedParts): Document {
  const nameOf = (part: DocumentPart): string => (part === "ids" ? `ids:${purpose}` : part);
  const load = async (part: DocumentPart): Promise<unknown> => {
    const name = nameOf(part);
    if (!loaded.has(name)) loaded.set(name, await data.read(part, purpose));
    return loaded.get(name);
  };
  const currentRecord = event.payload?.record?.data ?? null;

  async function evaluateWith(expression: Expression, record: unknown): Promise<{ value: unknown; wasRead: boolean }> {
    // A part that is not loaded interrupts the expression. It is loaded, and the expression starts again: it has no side effects.
    for (;;) {
      const result = await expression.evaluate(inputWith(record));
      if ("value" in result) return { value: result.value, wasRead: result.read.includes("record") };
      await load(partOf(result.notLoaded));
    }
  }

  function inputWith(record: unknown): ExpressionInput {
    const isLoaded = (part: DocumentPart): boolean => loaded.has(nameOf(part));
    const partValue = (part: DocumentPart): unknown => loaded.get(nameOf(part)) ?? null;
    const customer = isLoaded("eventCustomer") ? { customer: partValue("eventCustomer") } : {};
    const members = parts.filter(isLoaded).map((part) => [part, partValue(part)] as const);
    return {
      document: {
        event: { ...data.event, ...customer },
        ref: event.payload?.ref ?? "",
        settings,
        record,
        ...Object.fromEntries(members),
      },
      notLoaded: [...(isLoaded("eventCustomer") ? [] : [eventCustomerPath]), ...parts.filter((part) => !isLoaded(part))],
    };
  }

  return {
    evaluateWith,
    evaluate: async (expression) => (await evaluateWith(expression, currentRecord)).value,
    part: async (part) => (await load(part)) as never,
    forPurpose: (otherPurpose) => documentOf(event, data, settings, { loaded, purpose: otherPurpose }),
  };
}

const eventCustomerPath = "event.customer";
const partOf = (path: string): DocumentPart => (path === eventCustomerPath ? "eventCustomer" : (path as DocumentPart));
