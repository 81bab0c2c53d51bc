import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import { isWithdrawn, type Purpose } from "@sidelight/model/purposes.ts";
import type { Edge } from "@sidelight/model/records.ts";
import { type ParsedRef, parseRef, splitRef } from "@sidelight/model/refs.ts";
import { type ConsentChecks, openConsentChecks } from "../context/consent.ts";
import type { Contexts } from "../context/contexts.ts";
import { type CustomerRecords, companyOf } from "../context/customerRecords.ts";
import { eventCustomer, eventView, recordsAtEvent, resolveEvent } from "../context/eventViews.ts";
import { recordRank } from "../context/recordRank.ts";
import type { Tenant } from "../context/tenant.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import { deletedEdges, type EventPayload } from "../log/payload.ts";
import { openReader } from "../log/reader.ts";
import type { Rights } from "../security/roles.ts";
import { healthKinds } from "../signals/healthChanges.ts";
import type { CustomerDataSource, DocumentPart, RouteDocument } from "./routeDocument.ts";

const fullRights: Rights = {
  pii: true,
  text: true,
  reveal: true,
  events: true,
  operate: false,
  identify: false,
  act: [],
  sections: null,
};
const routedSections = ["account", "support", "product", "health"] as const satisfies SectionName[];

/** Reads customer data for a tenant's routes, as of each event. */
export function createCustomerDataSource(
  tenant: Tenant,
  contexts: Contexts,
  consent: ConsentChecks = openConsentChecks(tenant),
): CustomerDataSource {
  return {
    async forEvent(event) {
      const readCustomer = once(() => contextOfEvent(tenant, contexts, event));
      const readRecords = once(() => recordsAtEvent(tenant, event));
      const readCompany = once(async () => companyData(tenant, contexts, event, await readCustomer()));
      const readers: Record<DocumentPart, (purpose: Purpose | null) => Promise<unknown>> = {
        eventCustomer: () => eventCustomer(tenant, event),
        customer: async () => (await readCustomer())?.customer ?? null,
        account: () => section("account"),
        support: () => section("support"),
        product: () => section("product"),
        health: () => section("health"),
        company: readCompany,
        previousCompany: async () => await previousCompanyData(tenant, contexts, event),
        links: async () => linksOf(event, await readRecords()),
        ids: async (purpose) => idsOf(await readRecords(), purpose),
      };
      async function section(name: (typeof routedSections)[number]): Promise<unknown> {
        return (await readCustomer())?.sections[name]?.data ?? null;
      }
      return { event: eventView(tenant, event, null), read: (part, purpose) => readers[part](purpose) };
    },
    healthObjects: healthObjects(tenant),
    healthCustomer: (event) => healthCustomer(tenant, event),
    async healthAt(customer, { received_at }, sequence) {
      const context = await contextAt(contexts, parsedRef(tenant, customer), { sequence, received_at }, ["health"]);
      return context?.sections.health?.data ?? null;
    },
    async companyFigures(customer, instant) {
      const moment = { sequence: tenant.log.head(), received_at: instant };
      const context = await contextAt(contexts, parsedRef(tenant, customer), moment, ["support", "product", "health"]);
      if (!context) return null;
      const { support, product, health } = context.sections;
      const tickets = support?.data;
      return {
        openTickets: tickets ? tickets.new + tickets.open + tickets.pending + tickets.hold : null,
        highestPriority: tickets?.highestPriority ?? null,
        satisfaction: tickets?.csat?.score ?? null,
        lastActiveAt: product?.data?.lastActiveAt ?? null,
        sessions30d: product?.data?.sessions30d ?? null,
        health: health?.data?.score ?? null,
      };
    },
    async previousRecord({ key, sequence }) {
      const [record] = await openReader(tenant.log, { at: sequence - 1 }).records([key]);
      return record?.data ?? null;
    },
    ...consent,
  };
}

function healthObjects({ platforms }: Tenant): string[] {
  const objects = [...platforms.values()].flatMap((platform) => Object.entries(platform.objects));
  return [...new Set(objects.flatMap(([name, { kind }]) => (healthKinds.includes(kind) ? [name] : [])))];
}

/** A company's health covers all its people. A person has a health of their own only without a company. */
async function healthCustomer(tenant: Tenant, { payload, sequence }: LoggedEvent): Promise<string | null> {
  const reader = openReader(tenant.log, { at: sequence });
  const resolution = payload && (await resolveEvent(tenant, reader, payload));
  if (resolution?.state !== "resolved") return null;
  const company = await companyOf(reader, resolution, recordRank(tenant));
  return company ? `company:${company.node}` : `person:${resolution.node}`;
}

function parsedRef(tenant: Tenant, ref: string): ParsedRef | null {
  const parsed = parseRef(ref, tenant.platforms);
  return "problem" in parsed ? null : parsed;
}

async function contextOfEvent(tenant: Tenant, contexts: Contexts, event: LoggedEvent): Promise<Context | null> {
  const { payload } = event;
  const edges = payload && deletedEdges(payload);
  return await contextAt(contexts, payload && parsedRef(tenant, payload.ref), event, routedSections, edges ?? undefined);
}

/** The context as of an event; null for a customer that is unknown or ambiguous. */
async function contextAt(
  contexts: Contexts,
  ref: ParsedRef | null,
  { sequence, received_at: instant }: Pick<LoggedEvent, "sequence" | "received_at">,
  sections: readonly SectionName[] = routedSections,
  edges?: readonly Edge[],
): Promise<Context | null> {
  if (!ref) return null;
  const moment = { sequence, instant };
  const { context } = await contexts.read({ ref, edges, rights: fullRights, sections, deadlineMs: 0, at: moment });
  return context.match.state === "resolved" ? context : null;
}

/** The company's own sections, which cover all its people. */
async function companyData(
  tenant: Tenant,
  contexts: Contexts,
  event: LoggedEvent,
  customer: Context | null,
): Promise<object | null> {
  const id = customer?.kind === "company" ? customer.customer?.id : customer?.customer?.company?.id;
  if (!customer || !id) return null;
  const company = customer.kind === "company" ? customer : await contextAt(contexts, parsedRef(tenant, id), event);
  if (!company) return null;
  const sections = routedSections.map((name) => [name, company.sections[name]?.data ?? null]);
  return { id, name: company.customer?.name, ...Object.fromEntries(sections) };
}

/** The company that the event's object counted to before the event, as it is after it; null when that is the same company. */
async function previousCompanyData(tenant: Tenant, contexts: Contexts, event: LoggedEvent): Promise<object | null> {
  const [previous, current] = await Promise.all(
    [event.sequence - 1, event.sequence].map((position) => companyAt(tenant, event, position)),
  );
  if (previous == null || previous === current) return null;
  return await companyData(tenant, contexts, event, await contextAt(contexts, parsedRef(tenant, previous), event));
}

/** The company that the event's object counts to as of a sequence: `company:…`; null when there is none. */
async function companyAt(tenant: Tenant, { payload }: LoggedEvent, position: number): Promise<string | null> {
  const reader = openReader(tenant.log, { at: position });
  const resolution = payload && (await resolveEvent(tenant, reader, payload));
  const company = resolution?.state === "resolved" ? await companyOf(reader, resolution, recordRank(tenant)) : null;
  return company && `company:${company.node}`;
}

/** One record of the customer per platform and object: the event's own, otherwise the oldest. */
function linksOf(event: LoggedEvent, customer: CustomerRecords | null): RouteDocument["links"] {
  const records = customer
    ? [...[...customer.people.values()].flat(), ...(customer.company?.records ?? []), ...customer.usage]
    : [];
  const ownRefs = event.payload ? [event.payload.ref, ...ticketsOf(event.payload)] : [];
  const refs = [...ownRefs, ...records.map((r) => r.ref)];
  const links: RouteDocument["links"] = {};
  for (const { platform, object, id } of refs.map(splitRef)) links[platform] = { [object]: id, ...links[platform] };
  return links;
}

/** The ticket that the event's object belongs to, such as that of a rating. */
const ticketsOf = ({ record }: EventPayload): string[] =>
  (record?.edges ?? []).flatMap(({ rel, to }) => (rel === "ticket" ? [to] : []));

/** Ids of the customer's people and companies, without people who withdrew consent for the purpose. */
function idsOf(customer: CustomerRecords | null, purpose: Purpose | null): RouteDocument["ids"] {
  const people = [...(customer?.people.values() ?? [])]
    .filter((records) => !records.some(({ data }) => isWithdrawn(data, purpose)))
    .flat();
  const ids: RouteDocument["ids"] = {};
  for (const { platform, object, id } of [...people, ...(customer?.company?.records ?? [])]) {
    ids[platform] ??= {};
    ids[platform][object] = [...(ids[platform][object] ?? []), id];
  }
  return ids;
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | null = null;
  return () => {
    reading ??= read();
    return reading;
  };
}
