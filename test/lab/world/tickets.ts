import { DEMO_CUSTOMERS } from "./demoCustomer.ts";
import { hash, type Rng, rng } from "./prng.ts";
import type { Seeding } from "./salesforce.ts";
import { ANGRY, BLAME, HOSTILE_SUBJECTS, PRAISE, SUBJECTS } from "./subjects.ts";
import { DAY, HOUR, iso, MINUTE, seconds } from "./time.ts";
import type { Person, TicketStatus, ZdMetrics, ZdRating, ZdTicket, ZdUser } from "./types.ts";
import { AGENTS, type ZendeskIds } from "./zendesk.ts";

export interface Tickets {
  tickets: ZdTicket[];
  metrics: ZdMetrics[];
  ratings: ZdRating[];
}

/** A ticket without a number: numbers follow the order of creation. */
interface Draft {
  person: Person;
  createdAt: number;
  subject: string;
  text: string;
  status: TicketStatus;
  priority: ZdTicket["priority"];
  type: ZdTicket["type"];
  solvedAt: number | null;
  rating: { score: "good" | "bad"; comment: string | null } | "offered" | "unoffered";
  tags: string[];
  area: string;
  angry: boolean;
  r: Rng;
}

const WEIGHT = { growing: 0.9, steady: 1, fading: 1.4, none: 0.5 };
/** Solved tickets close automatically after this time. */
const CLOSES_AFTER = 28 * DAY;

export function tickets(s: Seeding, ids: ZendeskIds, users: ReadonlyMap<number, ZdUser>, count: number): Tickets {
  const drafts = demoTickets(s);
  const writers = s.people.filter((p) => p.zendesk && p.company !== 0);
  const chances: number[] = [];
  let total = 0;
  for (const p of writers) {
    const company = p.company === null ? null : s.companies[p.company]!;
    total += (0.15 + rng(hash(s.seed, "writes", p.index)).next() ** 3 * 3) * WEIGHT[company?.usage ?? "steady"];
    chances.push(total);
  }
  for (let i = drafts.length; i < count; i++) {
    const r = rng(hash(s.seed, s.tenant, "ticket", i));
    const threshold = r.next() * total;
    drafts.push(draft(s, writers[search(chances, threshold)]!, r, i));
  }
  drafts.sort((a, b) => a.createdAt - b.createdAt);
  return number(s, ids, users, drafts);
}

function search(sums: readonly number[], timestamp: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! < timestamp) low = middle + 1;
    else high = middle;
  }
  return low;
}

function demoTickets(s: Seeding): Draft[] {
  const demo = DEMO_CUSTOMERS[s.tenant] ?? DEMO_CUSTOMERS["acme"]!;
  return demo.tickets.map((t, i) => {
    const createdAt = seconds(s.anchor - t.hoursAgo * HOUR);
    return {
      person: s.people[t.person]!,
      createdAt,
      subject: t.subject,
      text: t.text,
      status: t.status,
      priority: t.priority,
      type: t.tags.includes("bug") || t.tags.includes("outage") ? "incident" : "question",
      solvedAt: t.solvedAfter === undefined ? null : createdAt + t.solvedAfter * HOUR,
      rating: t.rating ?? (t.solvedAfter === undefined ? "unoffered" : "offered"),
      tags: t.tags,
      area: ["exports", "sso", "forecasting", "billing", "dashboards"].find((area) => t.tags.includes(area)) ?? "other",
      angry: t.priority === "urgent",
      r: rng(hash(s.seed, s.tenant, "story-ticket", i)),
    };
  });
}

function draft(s: Seeding, person: Person, r: Rng, i: number): Draft {
  const company = person.company === null ? null : s.companies[person.company]!;
  const unhappy = company?.usage === "fading";
  const angry = r.chance(unhappy ? 0.06 : 0.015);
  const topic = angry ? r.pick(ANGRY) : r.pick(SUBJECTS);
  const age = r.chance(0.5) ? r.next() * 120 : r.next() * 420;
  const createdAt = seconds(s.anchor - 40 * MINUTE - age * DAY);
  const took = Math.max(0.2, r.logNormal(17, 1.2)) * HOUR;
  const isSolved = createdAt + took < s.anchor - HOUR && r.chance(age > 45 ? 0.995 : 0.9);
  const solvedAt = isSolved ? seconds(createdAt + took) : null;
  const isClosed = solvedAt !== null && solvedAt + CLOSES_AFTER < s.anchor - HOUR;
  const young = age < 0.4;
  const status: TicketStatus = isClosed
    ? "closed"
    : isSolved
      ? "solved"
      : young
        ? r.pick(["new", "open"])
        : r.weighted({ open: 55, pending: 32, hold: 13 });
  const isRated = solvedAt !== null && r.chance(0.7);
  const goodChance = angry ? 0.25 : unhappy ? 0.72 : 0.9;
  const score = r.chance(goodChance) ? "good" : "bad";
  const rating = !isRated
    ? "unoffered"
    : r.chance(0.45)
      ? { score: score as "good" | "bad", comment: r.pick(score === "good" ? PRAISE : BLAME) }
      : "offered";
  return {
    person,
    createdAt,
    subject: i % 401 === 17 ? HOSTILE_SUBJECTS[Math.floor(i / 401) % HOSTILE_SUBJECTS.length]! : topic.subject,
    text: topic.text,
    status,
    priority: angry ? r.pick(["urgent", "high"] as const) : r.pick(["high", "normal", "normal", "normal", "low", null] as const),
    type: r.pick(["question", "incident", "problem", null] as const),
    solvedAt,
    rating,
    tags: topic.tags,
    area: topic.area,
    angry,
    r,
  };
}

function number(s: Seeding, ids: ZendeskIds, users: ReadonlyMap<number, ZdUser>, drafts: readonly Draft[]): Tickets {
  const result: Tickets = { tickets: [], metrics: [], ratings: [] };
  const closesAt = (d: Draft): number => (d.solvedAt ?? 0) + CLOSES_AFTER;
  drafts.forEach((d, n) => {
    const id = n + 1;
    const user = users.get(d.person.index)!;
    const assignee = d.status === "new" ? null : ids.agent(d.r.int(0, AGENTS - 1));
    const ratedAt =
      d.rating === "unoffered" ? null : Math.min((d.solvedAt ?? d.createdAt) + d.r.int(1, 30) * HOUR, s.anchor - 30 * MINUTE);
    const touchedAt =
      d.status === "closed" ? closesAt(d) : (ratedAt ?? d.solvedAt ?? d.createdAt + d.r.next() * 0.6 * (s.anchor - d.createdAt));
    const updatedAt = seconds(Math.min(Math.max(touchedAt, d.createdAt), s.anchor - 5 * MINUTE));
    const group = ids.group(d.area === "billing" ? 1 : d.angry ? 2 : 0);
    const ratingRow = typeof d.rating === "object" ? { id: ids.make("rating", id), ...d.rating } : d.rating;
    result.tickets.push({
      id,
      subject: d.subject,
      description: d.text,
      status: d.status,
      priority: d.priority,
      type: d.type,
      requester_id: user.id,
      submitter_id: user.id,
      assignee_id: assignee,
      organization_id: user.organization_id,
      group_id: group,
      brand_id: ids.brand,
      external_id: null,
      tags: [...d.tags],
      custom_fields: [
        { id: ids.field("product_area"), value: d.area },
        { id: ids.field("affected_users"), value: d.angry ? String(d.r.int(5, 60)) : null },
      ],
      channel: d.r.pick(["web", "email", "email", "chat"] as const),
      rating: ratingRow,
      has_incidents: false,
      is_public: true,
      created_at: iso(d.createdAt),
      updated_at: iso(updatedAt),
      generated_timestamp: updatedAt / 1000,
    });
    result.metrics.push(metrics(ids, d, id, assignee, updatedAt, s.anchor));
    if (d.rating !== "unoffered" && ratedAt !== null) {
      const timestamp = iso(ratedAt);
      const score = typeof d.rating === "object" ? d.rating.score : "offered";
      const comment = typeof d.rating === "object" ? d.rating.comment : null;
      result.ratings.push({
        id: ids.make("rating", id),
        ticket_id: id,
        requester_id: user.id,
        assignee_id: assignee,
        group_id: group,
        score,
        comment,
        created_at: timestamp,
        updated_at: timestamp,
      });
    }
  });
  return result;
}

function metrics(
  ids: ZendeskIds,
  d: Draft,
  ticket: number,
  assignee: number | null,
  updatedAt: number,
  anchor: number,
): ZdMetrics {
  const minutes = (ms: number): number => Math.max(1, Math.round(ms / MINUTE));
  const resolution = d.solvedAt === null ? null : minutes(d.solvedAt - d.createdAt);
  const waitMinutes = minutes((d.solvedAt ?? anchor) - d.createdAt);
  const isAssigned = assignee !== null;
  const repliesDrawn = isAssigned ? d.r.int(1, 5) : 0;
  // Of tickets in work, one in five has no reply yet, and one has a second reply.
  const replies = repliesDrawn === 5 ? 2 : repliesDrawn === 1 && d.solvedAt === null ? 0 : Math.min(repliesDrawn, 1);
  return {
    id: ids.make("metric", ticket),
    ticket_id: ticket,
    created_at: iso(d.createdAt),
    updated_at: iso(updatedAt),
    solved_at: d.solvedAt === null ? null : iso(d.solvedAt),
    assigned_at: isAssigned ? iso(d.createdAt + 4 * MINUTE) : null,
    replies,
    reopens: d.r.chance(0.08) ? 1 : 0,
    reply: replyTime(isAssigned ? Math.min(Math.max(2, Math.round(d.r.logNormal(70, 1))), waitMinutes) : null, replies),
    firstResolution: resolution === null ? null : Math.round(resolution * (d.r.chance(0.1) ? 0.6 : 1)),
    fullResolution: resolution,
    agentWait: d.status === "pending" ? Math.round(waitMinutes * 0.4) : Math.round(waitMinutes * 0.1),
    requesterWait: Math.round(waitMinutes * 0.6),
    onHold: d.status === "hold" ? Math.round(waitMinutes * 0.5) : 0,
  };
}

const replyTime = (minutes: number | null, replies: number): number | null => (replies === 0 ? null : minutes);
