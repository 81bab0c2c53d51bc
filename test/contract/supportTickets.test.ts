import type { SupportData } from "@sidelight/contracts/context/sections.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";
import { commentsOf } from "../lab/simulators/zendesk/tickets.ts";
import type { ZdTicket } from "../lab/world/types.ts";

// What an agent sees of the tickets, compared with what Zendesk has.
let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

const tenant = () => {
  const acme = harness.lab.tenants["acme"];
  if (!acme) throw new Error("The lab has no tenant acme.");
  return acme;
};
const zendesk = () => tenant().world.zendesk;
const supportOf = async (ref: string): Promise<SupportData> => {
  const { data } = (await harness.context(ref)).body.sections.support ?? {};
  if (!data) throw new Error(`${ref} has no support section.`);
  return data;
};
/** Zendesk users of ordinary people: of others, several accounts may claim the address. */
const requesters = (): number[] => {
  const ids = new Set([...zendesk().tickets.values()].map((ticket) => ticket.requester_id));
  return tenant()
    .world.people.filter(({ index, tags }) => tags.length === 0 && ids.has(tenant().world.ids.zendesk.user(index)))
    .map(({ index }) => tenant().world.ids.zendesk.user(index))
    .slice(0, 40);
};
const repliesOf = (ticket: ZdTicket) =>
  commentsOf({ world: tenant().world } as Parameters<typeof commentsOf>[0], ticket).filter(
    (comment) => comment.public && comment.author_id !== ticket.requester_id,
  );

describe("a ticket of a customer", () => {
  it("names its agent, and tells the last reply where the platform does", async () => {
    const counts = { assigned: 0, replied: 0 };
    for (const requester of requesters()) {
      for (const row of (await supportOf(`zendesk.user:${requester}`)).tickets) {
        const ticket = zendesk().tickets.get(Number(row.id));
        if (!ticket) throw new Error(`Zendesk has no ticket ${row.id}.`);
        const agent = ticket.assignee_id === null ? null : zendesk().users.get(ticket.assignee_id);
        expect(row.assignee ?? null).toEqual(agent ? { id: String(agent.id), name: agent.name } : null);
        if (agent) counts.assigned += 1;
        const replies = repliesOf(ticket);
        // Of several replies, metrics tell the number and the time of the first one.
        if (replies.length > 1) expect(row).not.toHaveProperty("lastReplyAt");
        else expect(Date.parse(row.lastReplyAt ?? "")).toEqual(Date.parse(replies[0]?.created_at ?? ""));
        if (replies.length === 0) expect(row.lastReplyAt).toBeNull();
        else counts.replied += 1;
      }
    }
    expect(counts.assigned).toBeGreaterThan(0);
    expect(counts.replied).toBeGreaterThan(0);
  });

  it("is among the unsolved ones until it is solved, oldest first", async () => {
    const isUnsolved = ({ status }: ZdTicket): boolean => ["new", "open", "pending", "hold"].includes(status);
    for (const requester of requesters()) {
      const { unsolved, ...data } = await supportOf(`zendesk.user:${requester}`);
      const expected = [...zendesk().tickets.values()].filter((t) => t.requester_id === requester && isUnsolved(t));
      expected.sort((a, b) => a.created_at.localeCompare(b.created_at));
      expect(unsolved?.map(({ id, status, priority }) => [id, status, priority])).toEqual(
        expected.map(({ id, status, priority }) => [String(id), status, priority]),
      );
      expect(unsolved).toHaveLength(data.new + data.open + data.pending + data.hold);
      expect(unsolved?.[0]?.createdAt ?? null).toBe(data.oldestOpenAt);
    }
  });

  it("is answered as soon as an agent replies, and not by an internal note or by the customer", async () => {
    const [requesterId = 0] = requesters();
    const base = { id: 910_001, requesterId, assignee_id: "42" };
    const at = (minutes: number): number => harness.clock.now() + minutes * 60_000;
    const rowNow = async () => (await supportOf(`zendesk.user:${requesterId}`)).tickets.find(({ id }) => id === String(base.id));
    const send = (change: string, minutes: number, event: object = {}) =>
      sendZendesk(harness, ticketEvent(change, { ...base, updatedAt: at(minutes) }, event));
    const comment = (minutes: number, isPublic: boolean, isStaff: boolean) => {
      const author = { id: isStaff ? "42" : String(requesterId), is_staff: isStaff, name: isStaff ? "Mia Stone" : "Customer" };
      return send("comment_added", minutes, { comment: { id: `9${minutes}`, body: "Hello", is_public: isPublic, author } });
    };
    await send("created", 0);
    expect(await rowNow()).toMatchObject({ assignee: { id: "42", name: null }, lastReplyAt: null });
    await comment(1, false, true);
    await comment(2, true, false);
    expect(await rowNow()).toMatchObject({ assignee: { id: "42", name: "Mia Stone" }, lastReplyAt: null });
    await comment(3, true, true);
    expect(Date.parse((await rowNow())?.lastReplyAt ?? "")).toBe(at(3));
  });
});

const directionOf = (points: number): string => (points >= 5 ? "rising" : points <= -5 ? "falling" : "steady");

describe("the history of a customer's health", () => {
  it("ends with the present score, has one a week before it, and is the same for each reader", async () => {
    const histories: unknown[] = [];
    for (const ref of tenant().examples.resolved) {
      const { data } = (await harness.context(ref)).body.sections.health ?? {};
      if (!data?.history) continue;
      const { history, score } = data;
      histories.push(history);
      expect(history.at(-1)?.score).toBe(score);
      const days = history.map(({ day }) => Date.parse(day) / 86_400_000);
      for (const [i, day] of days.slice(1).entries()) expect(day - (days[i] ?? 0)).toBe(7);
      const other = (await harness.context(ref, { role: "rep" })).body.sections.health?.data;
      expect(other?.history).toEqual(history);
    }
    expect(histories.length).toBeGreaterThan(0);
  });

  it("gives the trend, which never contradicts it", async () => {
    const trends = new Set<string | null>();
    for (const ref of [...tenant().examples.resolved, ...tenant().examples.hierarchy]) {
      const { data } = (await harness.context(ref)).body.sections.health ?? {};
      if (!data) continue;
      const earlier = data.history?.at(-5)?.score;
      const points = earlier === undefined || data.score === null ? null : data.score - earlier;
      expect([ref, data.trend]).toEqual([ref, points === null ? null : directionOf(points)]);
      trends.add(data.trend);
    }
    // Otherwise the lab has nothing to compare.
    expect(trends.size).toBeGreaterThan(1);
  });

  it("is absent for a person who opted out of analytics, as the score is", async () => {
    const { world } = tenant();
    const person = world.people.find((p) => p.zendesk && p.distinctIds.length > 0 && p.optedOut.zendesk);
    if (!person) throw new Error("The lab has no person who opted out.");
    const { data } = (await harness.context(`zendesk.user:${world.ids.zendesk.user(person.index)}`)).body.sections.health ?? {};
    expect(data?.score ?? null).toBeNull();
    expect(data?.history).toBeUndefined();
  });
});
