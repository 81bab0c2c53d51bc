import type { RecordInput } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { goneRecord } from "@sidelight/platform-kit/gone.ts";
import { createPassedOver, readable } from "@sidelight/platform-kit/passedOver.ts";
import type { CallOptions, Lookup, PullContext } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import { newRatings } from "./ratings.ts";
import { organizationRecord, userRecord, userRef } from "./records.ts";
import { byEmail, byPhone } from "./search.ts";
import type { StreamTools } from "./streams.ts";
import { ticketRecords } from "./tickets.ts";
import { userRecords } from "./users.ts";
import { WireIdentity, WireOrganization, WireTicket, WireUser } from "./wire.ts";

/** Its items are read one by one: an odd one must not hide the others. */
const items = z.array(z.unknown());
const sideload = items.nullish().transform((list) => list ?? []);
const OneTicket = z.looseObject({
  ticket: WireTicket,
  metric_sets: sideload,
  users: sideload,
  organizations: sideload,
});
const OneUser = z.looseObject({ user: WireUser });
const OneOrganization = z.looseObject({ organization: WireOrganization });
const Users = z.looseObject({ users: items });
const Identities = z.looseObject({ identities: items });
const Tickets = z.looseObject({ tickets: items, metric_sets: sideload, users: sideload });

/** Tickets that a refetch reads for one customer. Older ones stay as the export brought them. */
const maxRecentTickets = 100;
/** Users that a search returns at most. */
const maxSearchResults = 10;

/** Finds objects that are not in the store. A ticket comes with its requester and organization. Empty when there is no match. */
export async function lookup(
  tools: StreamTools,
  query: Lookup,
  call: CallOptions,
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  if (query.by === "domain") return [];
  if (query.by === "id") {
    const ref = `zendesk.${query.object}:${query.id}`;
    return await goneIfNotFound(tools, ref, readCurrent, () => fetchObject(tools, query.object, query.id, call, readCurrent));
  }
  return await findUsers(tools, query.by === "email" ? byEmail(query.value) : byPhone(query.value), call, readCurrent);
}

function fetchObject(
  tools: StreamTools,
  object: string,
  id: string,
  call: CallOptions,
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  if (object === "ticket") return fetchTicket(tools, id, call, readCurrent);
  if (object === "user") return fetchUser(tools, id, call, readCurrent);
  return object === "organization" ? fetchOrganization(tools, id, call) : Promise.resolve([]);
}

/** Fetches users and organizations again, with their newest tickets. */
export async function refetch(
  tools: StreamTools,
  refs: string[],
  call: CallOptions,
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const records = await Promise.all(
    refs.map((ref) => {
      const { object, id } = splitRef(ref);
      const refetchObject = object === "user" ? refetchUser : object === "organization" ? refetchOrganization : null;
      return refetchObject ? goneIfNotFound(tools, ref, readCurrent, () => refetchObject(tools, id, call, readCurrent)) : [];
    }),
  );
  return records.flat();
}

/** One call for a ticket, its requester and organization. A stored requester is kept, because a sideloaded user has no identities. */
async function fetchTicket(
  tools: StreamTools,
  id: string,
  call: CallOptions,
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const origin = { connection: tools.connection, observedAt: tools.now() };
  const path = `/api/v2/tickets/${id}?include=metric_sets,users,organizations`;
  const response = await tools.client.get(path, "/api/v2/tickets/{id}", OneTicket, call);
  const { ticket } = response;
  const users = usable(WireUser, response.users);
  const requester = users.find((u) => u.id === ticket.requester_id);
  const organization = usable(WireOrganization, response.organizations).find((o) => o.id === ticket.organization_id);
  const isStored = requester !== undefined && (await readCurrent([userRef(requester.id)])).size > 0;
  const { mapping } = tools.options;
  const ticketOrigin = { ...origin, passedOver: createPassedOver() };
  return [
    ...(await ticketRecords(mapping, [ticket], { metricSets: response.metric_sets, users }, ticketOrigin, readCurrent)),
    ...(requester && !isStored ? person(tools, requester, [], origin.observedAt) : []),
    ...(organization ? [organizationRecord(organization, tools.options.mapping, origin)] : []),
  ];
}

async function fetchUser(
  tools: StreamTools,
  id: string,
  call: CallOptions,
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const origin = { connection: tools.connection, observedAt: tools.now() };
  const [{ user }, identities] = await Promise.all([
    tools.client.get(`/api/v2/users/${id}`, "/api/v2/users/{id}", OneUser, call),
    identitiesOf(tools, id, call),
  ]);
  return await userRecords(tools.options.mapping, [user], new Map([[user.id, identities]]), origin, readCurrent);
}

/** A stored user must not lose its identities, so they are records with it. A new user's are records by the next pull. */
async function findUsers(
  tools: StreamTools,
  query: string,
  call: CallOptions,
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const observedAt = tools.now();
  const route = "/api/v2/users/search";
  const response = await tools.client.get(`${route}?query=${encodeURIComponent(query)}`, route, Users, call);
  const users = usable(WireUser, response.users);
  const storedUsers = await readCurrent(users.map((user) => userRef(user.id)));
  const records = users.slice(0, maxSearchResults).map(async (user) => {
    const identities = storedUsers.has(userRef(user.id)) ? await identitiesOf(tools, user.id, call) : [];
    const origin = { connection: tools.connection, observedAt };
    return await userRecords(tools.options.mapping, [user], new Map([[user.id, identities]]), origin, readCurrent);
  });
  return (await Promise.all(records)).flat();
}

async function identitiesOf(tools: StreamTools, id: string, call: CallOptions): Promise<WireIdentity[]> {
  const path = `/api/v2/users/${id}/identities`;
  const { identities } = await tools.client.get(path, "/api/v2/users/{id}/identities", Identities, call);
  return usable(WireIdentity, identities);
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
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const route = "/api/v2/users/{id}/tickets/requested";
  const records = await Promise.all([
    fetchUser(tools, id, call, readCurrent),
    ticketsAt(tools, `/api/v2/users/${id}/tickets/requested`, route, call, readCurrent),
  ]);
  return records.flat();
}

async function refetchOrganization(
  tools: StreamTools,
  id: string,
  call: CallOptions,
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const records = await Promise.all([
    fetchOrganization(tools, id, call),
    ticketsAt(tools, `/api/v2/organizations/${id}/tickets`, "/api/v2/organizations/{id}/tickets", call, readCurrent),
  ]);
  return records.flat();
}

async function ticketsAt(
  tools: StreamTools,
  path: string,
  route: string,
  call: CallOptions,
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const origin = { connection: tools.connection, observedAt: tools.now() };
  const query = `${encodeURIComponent("page[size]")}=${maxRecentTickets}&sort=-updated_at&include=metric_sets,users`;
  const response = await tools.client.get(`${path}?${query}`, route, Tickets, call);
  const tickets = usable(WireTicket, response.tickets);
  const ticketOrigin = { ...origin, passedOver: createPassedOver() };
  const sideloads = { metricSets: response.metric_sets, users: usable(WireUser, response.users) };
  return [
    ...(await ticketRecords(tools.options.mapping, tickets, sideloads, ticketOrigin, readCurrent)),
    ...(await newRatings(tickets, origin, readCurrent)),
  ];
}

const usable = <T extends z.ZodType>(schema: T, list: readonly unknown[]): z.infer<T>[] =>
  readable(schema, list, createPassedOver());

function person(tools: StreamTools, user: WireUser, identities: WireIdentity[], observedAt: number): RecordInput[] {
  const record = userRecord(user, identities, tools.options.mapping, { connection: tools.connection, observedAt });
  return record ? [record] : [];
}

/** The deletion of a stored object that Zendesk no longer has; nothing for one that was never stored. */
async function goneIfNotFound(
  tools: StreamTools,
  ref: string,
  readCurrent: PullContext["readCurrent"],
  work: () => Promise<RecordInput[]>,
): Promise<RecordInput[]> {
  const observedAt = tools.now();
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== "not_found") throw error;
    const data = (await readCurrent([ref])).get(ref);
    return data ? [goneRecord({ ref, data, connection: tools.connection, observedAt })] : [];
  }
}
