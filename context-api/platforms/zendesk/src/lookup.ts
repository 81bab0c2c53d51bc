import type { RecordInput } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { CallOptions, Lookup, PullContext } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import { newRatings } from "./ratings.ts";
import { organizationRecord, ticketRecord, userRecord, userRef } from "./records.ts";
import { byEmail, byPhone } from "./search.ts";
import type { StreamTools } from "./streams.ts";
import { WireIdentity, WireMetricSet, WireOrganization, WireTicket, WireUser } from "./wire.ts";

const OneTicket = z.looseObject({
  ticket: WireTicket,
  metric_sets: z.array(WireMetricSet).nullish(),
  users: z.array(WireUser).nullish(),
  organizations: z.array(WireOrganization).nullish(),
});
const OneUser = z.looseObject({ user: WireUser });
const OneOrganization = z.looseObject({ organization: WireOrganization });
const Users = z.looseObject({ users: z.array(WireUser) });
const Identities = z.looseObject({ identities: z.array(WireIdentity) });
const Tickets = z.looseObject({ tickets: z.array(WireTicket), metric_sets: z.array(WireMetricSet).nullish() });

/** The newest tickets fetched anew for one customer; older ones stay as the export brought them. */
const recentTickets = 100;

/** Finds what the store doesn't know: a ticket comes with its requester, a user with the organisation. Empty when unknown. */
export async function lookup(
  tools: StreamTools,
  query: Lookup,
  call: CallOptions,
  current: PullContext["current"],
): Promise<RecordInput[]> {
  return await orNothing(async () => {
    if (query.by === "id") return await fetchObject(tools, query.object, query.id, call, current);
    if (query.by === "domain") return [];
    return await findUsers(tools, query.by === "email" ? byEmail(query.value) : byPhone(query.value), call, current);
  });
}

function fetchObject(
  tools: StreamTools,
  object: string,
  id: string,
  call: CallOptions,
  current: PullContext["current"],
): Promise<RecordInput[]> {
  if (object === "ticket") return fetchTicket(tools, id, call, current);
  if (object === "user") return fetchUser(tools, id, call);
  return object === "organization" ? fetchOrganization(tools, id, call) : Promise.resolve([]);
}

/** Fetches anew the persons or companies named, with their newest tickets. */
export async function refetch(
  tools: StreamTools,
  refs: string[],
  call: CallOptions,
  current: PullContext["current"],
): Promise<RecordInput[]> {
  const fetched = await Promise.all(
    refs.map((ref) => {
      const { object, id } = splitRef(ref);
      if (object === "user") return orNothing(() => refetchUser(tools, id, call, current));
      return object === "organization" ? orNothing(() => refetchOrganization(tools, id, call, current)) : [];
    }),
  );
  return fetched.flat();
}

/** One call for the ticket and whom it is about. A requester who is known stays as known: a sideload has no identities. */
async function fetchTicket(
  tools: StreamTools,
  id: string,
  call: CallOptions,
  current: PullContext["current"],
): Promise<RecordInput[]> {
  const origin = { connection: tools.connection, observedAt: tools.now() };
  const path = `/api/v2/tickets/${id}?include=metric_sets,users,organizations`;
  const answer = await tools.client.get(path, "/api/v2/tickets/{id}", OneTicket, call);
  const { ticket } = answer;
  const requester = answer.users?.find((u) => u.id === ticket.requester_id);
  const organization = answer.organizations?.find((o) => o.id === ticket.organization_id);
  const isKnown = requester !== undefined && (await current([userRef(requester.id)])).size > 0;
  const metrics = answer.metric_sets?.find((m) => m.ticket_id === ticket.id);
  return [
    ticketRecord(ticket, metrics, origin),
    ...(requester && !isKnown ? person(tools, requester, [], origin.observedAt) : []),
    ...(organization ? [organizationRecord(organization, tools.options.mapping, origin)] : []),
  ];
}

async function fetchUser(tools: StreamTools, id: string, call: CallOptions): Promise<RecordInput[]> {
  const observedAt = tools.now();
  const [{ user }, identities] = await Promise.all([
    tools.client.get(`/api/v2/users/${id}`, "/api/v2/users/{id}", OneUser, call),
    identitiesOf(tools, id, call),
  ]);
  return person(tools, user, identities, observedAt);
}

/** Of a stranger the identities come with the rest; somebody known must not lose them. */
async function findUsers(
  tools: StreamTools,
  query: string,
  call: CallOptions,
  current: PullContext["current"],
): Promise<RecordInput[]> {
  const observedAt = tools.now();
  const route = "/api/v2/users/search";
  const { users } = await tools.client.get(`${route}?query=${encodeURIComponent(query)}`, route, Users, call);
  const known = await current(users.map((user) => userRef(user.id)));
  const found = users.slice(0, 10).map(async (user) => {
    const identities = known.has(userRef(user.id)) ? await identitiesOf(tools, user.id, call) : [];
    return person(tools, user, identities, observedAt);
  });
  return (await Promise.all(found)).flat();
}

async function identitiesOf(tools: StreamTools, id: string, call: CallOptions): Promise<WireIdentity[]> {
  const path = `/api/v2/users/${id}/identities`;
  return (await tools.client.get(path, "/api/v2/users/{id}/identities", Identities, call)).identities;
}

async function fetchOrganization(tools: StreamTools, id: string, call: CallOptions): Promise<RecordInput[]> {
  const observedAt = tools.now();
  const { organization } = await tools.client.get(
    `/api/v2/organizations/${id}`,
    "/api/v2/organizations/{id}",
    OneOrganization,
    call,
  );
  return [organizationRecord(organization, tools.options.mapping, { connection: tools.connection, observedAt })];
}

async function refetchUser(
  tools: StreamTools,
  id: string,
  call: CallOptions,
  current: PullContext["current"],
): Promise<RecordInput[]> {
  const route = "/api/v2/users/{id}/tickets/requested";
  const found = await Promise.all([
    fetchUser(tools, id, call),
    ticketsAt(tools, `/api/v2/users/${id}/tickets/requested`, route, call, current),
  ]);
  return found.flat();
}

async function refetchOrganization(
  tools: StreamTools,
  id: string,
  call: CallOptions,
  current: PullContext["current"],
): Promise<RecordInput[]> {
  const found = await Promise.all([
    fetchOrganization(tools, id, call),
    ticketsAt(tools, `/api/v2/organizations/${id}/tickets`, "/api/v2/organizations/{id}/tickets", call, current),
  ]);
  return found.flat();
}

async function ticketsAt(
  tools: StreamTools,
  path: string,
  route: string,
  call: CallOptions,
  current: PullContext["current"],
): Promise<RecordInput[]> {
  const origin = { connection: tools.connection, observedAt: tools.now() };
  const query = `${encodeURIComponent("page[size]")}=${recentTickets}&sort=-updated_at&include=metric_sets`;
  const { tickets, metric_sets } = await tools.client.get(`${path}?${query}`, route, Tickets, call);
  const metrics = new Map((metric_sets ?? []).map((m) => [m.ticket_id, m]));
  return [...tickets.map((t) => ticketRecord(t, metrics.get(t.id), origin)), ...(await newRatings(tickets, origin, current))];
}

function person(tools: StreamTools, user: WireUser, identities: WireIdentity[], observedAt: number): RecordInput[] {
  const record = userRecord(user, identities, tools.options.mapping, { connection: tools.connection, observedAt });
  return record ? [record] : [];
}

/** Not found is an answer. */
async function orNothing(work: () => Promise<RecordInput[]>): Promise<RecordInput[]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PlatformError && error.code === "not_found") return [];
    throw error;
  }
}
