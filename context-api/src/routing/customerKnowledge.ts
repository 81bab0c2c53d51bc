import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import { type ParsedRef, parseRef, splitRef } from "@sidelight/model/refs.ts";
import type { Contexts } from "../context/contexts.ts";
import { companyOfPerson, type Story } from "../context/customerRecords.ts";
import { rankOf } from "../context/platformRank.ts";
import type { Tenant } from "../context/tenant.ts";
import { resolve } from "../identity/resolve.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import { whomOf } from "../log/payload.ts";
import { openReader } from "../log/reader.ts";
import { createConsent } from "../privacy/consent.ts";
import type { Rights } from "../security/roles.ts";
import { eventCustomer, eventView, storyAt } from "../services/events/eventViews.ts";
import { ofHealth } from "../signals/healthChanges.ts";
import type { Knowledge, Part, RouteDocument } from "./routeDocument.ts";

const everything: Rights = { pii: true, reveal: true, operate: false, act: [] };
const shown = ["account", "support", "product", "health"] as const satisfies SectionName[];

/** What a tenant's routes see of an event's customer: as of the event, read as far as they look. */
export function routeKnowledge(tenant: Tenant, contexts: Contexts): Knowledge {
  return {
    async of(event) {
      const about = once(() => contextAt(contexts, event.payload && parsed(tenant, whomOf(event.payload)), event));
      const story = once(() => storyAt(tenant, event));
      const company = once(async () => companyOf(tenant, contexts, event, await about()));
      const parts: Record<Part, () => Promise<unknown>> = {
        eventCustomer: () => eventCustomer(tenant, event),
        customer: async () => (await about())?.customer ?? null,
        account: () => section("account"),
        support: () => section("support"),
        product: () => section("product"),
        health: () => section("health"),
        company,
        links: async () => linksOf(event, await story()),
        ids: async () => idsOf(await story()),
      };
      async function section(name: (typeof shown)[number]): Promise<unknown> {
        return (await about())?.sections[name]?.data ?? null;
      }
      return { event: eventView(tenant, event, null), read: (part) => parts[part]() };
    },
    objectsOfHealth: objectsOfHealth(tenant),
    customerOf: (event) => healthHolder(tenant, event),
    async standingAt(customer, { received_at }, sequence) {
      const context = await contextAt(contexts, parsed(tenant, customer), { sequence, received_at }, ["health"]);
      return context?.sections.health?.data ?? null;
    },
    async recordBefore({ key, sequence }) {
      const [before] = await openReader(tenant.log, { at: sequence - 1 }).records([key]);
      return before?.data ?? null;
    },
    hasDeclined: createConsent(tenant),
  };
}

function objectsOfHealth({ platforms }: Tenant): string[] {
  const objects = [...platforms.values()].flatMap((platform) => Object.entries(platform.objects));
  return [...new Set(objects.flatMap(([name, { kind }]) => (ofHealth.includes(kind) ? [name] : [])))];
}

/** The company counts all its people; only somebody of no company stands for themselves. */
async function healthHolder(tenant: Tenant, { payload, sequence }: LoggedEvent): Promise<string | null> {
  const ref = payload && parsed(tenant, whomOf(payload));
  if (!ref) return null;
  const reader = openReader(tenant.log, { at: sequence });
  const found = await resolve(reader, ref);
  if (found.state !== "resolved") return null;
  const company = found.kind === "company" ? found : await companyOfPerson(reader, found.node, rankOf(tenant));
  return company ? `company:${company.node}` : `person:${found.node}`;
}

function parsed(tenant: Tenant, ref: string): ParsedRef | null {
  const read = parseRef(ref, tenant.platforms);
  return "problem" in read ? null : read;
}

async function contextAt(
  contexts: Contexts,
  ref: ParsedRef | null,
  { sequence, received_at: instant }: Pick<LoggedEvent, "sequence" | "received_at">,
  sections: readonly SectionName[] = shown,
): Promise<Context | null> {
  if (!ref) return null;
  const context = await contexts.past({ ref, rights: everything, sections, at: { sequence, instant } });
  return context.match.state === "resolved" ? context : null;
}

/** The company's own sections. A person's count what is theirs alone. */
async function companyOf(tenant: Tenant, contexts: Contexts, event: LoggedEvent, about: Context | null): Promise<object | null> {
  const id = about?.kind === "company" ? about.customer?.id : about?.customer?.company?.id;
  if (!about || !id) return null;
  const context = about.kind === "company" ? about : await contextAt(contexts, parsed(tenant, id), event);
  if (!context) return null;
  const { name } = context.customer ?? {};
  return { id, name, ...Object.fromEntries(shown.map((section) => [section, context.sections[section]?.data ?? null])) };
}

/** The records that the customer has on each platform: of several, the oldest known. */
function linksOf(event: LoggedEvent, story: Story | null): RouteDocument["links"] {
  const records = story
    ? [...story.people.values()].flat().concat((story.company?.records ?? []) as never[], story.usage as never[])
    : [];
  const refs = [...(event.payload ? [event.payload.ref] : []), ...records.map((r) => r.ref)];
  const links: RouteDocument["links"] = {};
  for (const { platform, object, id } of refs.map(splitRef)) links[platform] = { [object]: id, ...links[platform] };
  return links;
}

/** All records of the customer's people and companies, but for people who have declined. */
function idsOf(story: Story | null): RouteDocument["ids"] {
  const people = [...(story?.people.values() ?? [])].filter((records) => !records.some(({ data }) => data.optedOut)).flat();
  const ids: RouteDocument["ids"] = {};
  for (const { platform, object, id } of [...people, ...(story?.company?.records ?? [])]) {
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
