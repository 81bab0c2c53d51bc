import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import { type ParsedRef, parseRef, splitRef } from "@sidelight/model/refs.ts";
import { createConsentCheck } from "../context/consent.ts";
import type { Contexts } from "../context/contexts.ts";
import { type CustomerRecords, companyOfPerson } from "../context/customerRecords.ts";
import { eventCustomer, eventView, recordsAtEvent } from "../context/eventViews.ts";
import { recordRank } from "../context/recordRank.ts";
import { resolve } from "../context/resolve.ts";
import type { Tenant } from "../context/tenant.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import { customerLookupRef } from "../log/payload.ts";
import { openReader } from "../log/reader.ts";
import type { Rights } from "../security/roles.ts";
import { healthKinds } from "../signals/healthChanges.ts";
import type { CustomerDataSource, DocumentPart, RouteDocument } from "./routeDocument.ts";

const fullRights: Rights = { pii: true, reveal: true, operate: false, act: [] };
const routedSections = ["account", "support", "product", "health"] as const satisfies SectionName[];

/** Reads customer data for a tenant's routes, as of each event. */
export function createCustomerDataSource(tenant: Tenant, contexts: Contexts): CustomerDataSource {
  return {
    async forEvent(event) {
      const readCustomer = once(() =>
        contextAt(contexts, event.payload && parsedRef(tenant, customerLookupRef(event.payload)), event),
      );
      const readRecords = once(() => recordsAtEvent(tenant, event));
      const readCompany = once(async () => companyData(tenant, contexts, event, await readCustomer()));
      const readers: Record<DocumentPart, () => Promise<unknown>> = {
        eventCustomer: () => eventCustomer(tenant, event),
        customer: async () => (await readCustomer())?.customer ?? null,
        account: () => section("account"),
        support: () => section("support"),
        product: () => section("product"),
        health: () => section("health"),
        company: readCompany,
        links: async () => linksOf(event, await readRecords()),
        ids: async () => idsOf(await readRecords()),
      };
      async function section(name: (typeof routedSections)[number]): Promise<unknown> {
        return (await readCustomer())?.sections[name]?.data ?? null;
      }
      return { event: eventView(tenant, event, null), read: (part) => readers[part]() };
    },
    healthObjects: healthObjects(tenant),
    healthCustomer: (event) => healthCustomer(tenant, event),
    async healthAt(customer, { received_at }, sequence) {
      const context = await contextAt(contexts, parsedRef(tenant, customer), { sequence, received_at }, ["health"]);
      return context?.sections.health?.data ?? null;
    },
    async previousRecord({ key, sequence }) {
      const [record] = await openReader(tenant.log, { at: sequence - 1 }).records([key]);
      return record?.data ?? null;
    },
    hasDeclined: createConsentCheck(tenant),
  };
}

function healthObjects({ platforms }: Tenant): string[] {
  const objects = [...platforms.values()].flatMap((platform) => Object.entries(platform.objects));
  return [...new Set(objects.flatMap(([name, { kind }]) => (healthKinds.includes(kind) ? [name] : [])))];
}

/** A company's health covers all its people. A person has a health of their own only without a company. */
async function healthCustomer(tenant: Tenant, { payload, sequence }: LoggedEvent): Promise<string | null> {
  const ref = payload && parsedRef(tenant, customerLookupRef(payload));
  if (!ref) return null;
  const reader = openReader(tenant.log, { at: sequence });
  const resolution = await resolve(reader, ref);
  if (resolution.state !== "resolved") return null;
  const company = resolution.kind === "company" ? resolution : await companyOfPerson(reader, resolution.node, recordRank(tenant));
  return company ? `company:${company.node}` : `person:${resolution.node}`;
}

function parsedRef(tenant: Tenant, ref: string): ParsedRef | null {
  const parsed = parseRef(ref, tenant.platforms);
  return "problem" in parsed ? null : parsed;
}

/** The context as of an event; null for a customer that is unknown or ambiguous. */
async function contextAt(
  contexts: Contexts,
  ref: ParsedRef | null,
  { sequence, received_at: instant }: Pick<LoggedEvent, "sequence" | "received_at">,
  sections: readonly SectionName[] = routedSections,
): Promise<Context | null> {
  if (!ref) return null;
  const { context } = await contexts.read({ ref, rights: fullRights, sections, deadlineMs: 0, at: { sequence, instant } });
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

/** One record of the customer per platform and object: the event's own, otherwise the oldest. */
function linksOf(event: LoggedEvent, customer: CustomerRecords | null): RouteDocument["links"] {
  const records = customer
    ? [...[...customer.people.values()].flat(), ...(customer.company?.records ?? []), ...customer.usage]
    : [];
  const refs = [...(event.payload ? [event.payload.ref] : []), ...records.map((r) => r.ref)];
  const links: RouteDocument["links"] = {};
  for (const { platform, object, id } of refs.map(splitRef)) links[platform] = { [object]: id, ...links[platform] };
  return links;
}

/** Ids of the customer's people and companies, without people who declined. */
function idsOf(customer: CustomerRecords | null): RouteDocument["ids"] {
  const people = [...(customer?.people.values() ?? [])].filter((records) => !records.some(({ data }) => data.optedOut)).flat();
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
