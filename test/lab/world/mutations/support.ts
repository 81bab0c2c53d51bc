import { ANGRY, SUBJECTS } from "../subjects.ts";
import { iso } from "../time.ts";
import type { ZdTicket } from "../types.ts";
import { type Mutation, newMetrics, pickPerson, ref, refsOf, type ScenarioContext, touchTicket, userOf } from "./tools.ts";

function write(h: ScenarioContext, angry: boolean): string[] {
  const { world, r } = h;
  const person = pickPerson(h);
  const user = userOf(h, person);
  const topic = r.pick(angry ? ANGRY : SUBJECTS);
  let id = world.zendesk.tickets.size + 1;
  while (world.zendesk.tickets.get(id)) id++;
  const ticket: ZdTicket = {
    id,
    subject: topic.subject,
    description: topic.text,
    status: "new",
    priority: angry ? "urgent" : r.pick(["low", "normal", "high"] as const),
    type: angry ? "incident" : "question",
    requester_id: user.id,
    submitter_id: user.id,
    assignee_id: null,
    organization_id: user.organization_id,
    group_id: world.ids.zendesk.group(angry ? 2 : 0),
    brand_id: world.zendesk.brandId,
    external_id: null,
    tags: [...topic.tags],
    custom_fields: [{ id: world.ids.zendesk.field("product_area"), value: topic.area }],
    channel: r.pick(["web", "email"] as const),
    rating: "unoffered",
    has_incidents: false,
    is_public: true,
    created_at: iso(h.at),
    updated_at: iso(h.at),
    generated_timestamp: Math.floor(h.at / 1000),
  };
  world.zendesk.tickets.put(ticket);
  world.zendesk.metrics.put(newMetrics(h, id));
  return [ref.ticket(id), ...refsOf(h, person)];
}

export const ticketCreated: Mutation = (h) => write(h, false);
export const angryTicket: Mutation = (h) => write(h, true);

/** Zendesk users of the customer; null for all. */
function requesters({ world, customer }: ScenarioContext): Set<number> | null {
  if (!customer) return null;
  const people = world.people.filter((p) =>
    customer.person === null ? p.company === customer.company : p.index === customer.person,
  );
  return new Set(people.map((p) => world.ids.zendesk.user(p.index)));
}

export const ticketSolved: Mutation = (h) => {
  const { world, r } = h;
  const theirs = requesters(h);
  const open = [...world.zendesk.tickets.values()].filter(
    (t) => (t.status === "open" || t.status === "pending") && (theirs === null || theirs.has(t.requester_id)),
  );
  if (open.length === 0) throw new Error(theirs ? "this customer has no open ticket" : "there is no open ticket");
  const ticket = r.pick(open);
  const assignee = ticket.assignee_id ?? world.ids.zendesk.agent(r.int(0, 5));
  touchTicket(h, ticket, { status: "solved", assignee_id: assignee, rating: "offered" });
  const metrics = world.zendesk.metrics.get(ticket.id) ?? newMetrics(h, ticket.id);
  const minutes = Math.max(1, Math.round((h.at - Date.parse(ticket.created_at)) / 60_000));
  const timestamp = iso(h.at);
  world.zendesk.metrics.put({
    ...metrics,
    updated_at: timestamp,
    solved_at: timestamp,
    assigned_at: metrics.assigned_at ?? timestamp,
    firstResolution: metrics.firstResolution ?? minutes,
    fullResolution: minutes,
    requesterWait: minutes,
  });
  const rating = {
    ticket_id: ticket.id,
    requester_id: ticket.requester_id,
    assignee_id: assignee,
    group_id: ticket.group_id,
    created_at: timestamp,
    updated_at: timestamp,
  };
  world.zendesk.ratings.put({ id: world.ids.zendesk.make("rating", ticket.id), score: "offered", comment: null, ...rating });
  const person = world.people.find((p) => p.zendesk && world.ids.zendesk.user(p.index) === ticket.requester_id);
  return [ref.ticket(ticket.id), ...(person ? refsOf(h, person) : [ref.user(ticket.requester_id)])];
};
