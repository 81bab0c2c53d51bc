import type { DataOf } from "@sidelight/model/records.ts";
import { describe, expect, it } from "vitest";
import { assigneeOf, repliesOf, withReply } from "./ticketWork.ts";
import { WireMetricSet, WireTicket } from "./wire.ts";

const createdAt = "2026-11-20T09:00:00.000Z";
const ticket = (members: object = {}) =>
  WireTicket.parse({ id: 5, status: "open", created_at: createdAt, updated_at: createdAt, ...members });
const stored = (members: Partial<DataOf<"ticket">>): DataOf<"ticket"> => ({
  ...{ kind: "ticket", subject: null, status: "open", priority: null, createdAt, updatedAt: createdAt },
  ...{ solvedAt: null, resolutionMinutes: null, ...members },
});
const metrics = (replies: number | null, firstReplyMinutes: number | null = null) =>
  WireMetricSet.parse({ ticket_id: 5, replies, reply_time_in_minutes: { calendar: firstReplyMinutes } });

describe("the assignee of a ticket", () => {
  const names = new Map([["20", "Mia Stone"]]);

  it("has the name that the platform sends with the ticket", () => {
    expect(assigneeOf(ticket({ assignee_id: 20 }), names, null)).toEqual({ assignee: { id: "20", name: "Mia Stone" } });
  });

  it("keeps the stored name while it is the same agent, and has none for another one", () => {
    const previous = stored({ assignee: { id: "20", name: "Mia Stone" } });
    expect(assigneeOf(ticket({ assignee_id: "20" }), new Map(), previous).assignee?.name).toBe("Mia Stone");
    expect(assigneeOf(ticket({ assignee_id: "21" }), new Map(), previous)).toEqual({ assignee: { id: "21", name: null } });
  });

  it("is null for an unassigned ticket, and the stored one when the platform leaves it out", () => {
    const previous = stored({ assignee: { id: "20", name: "Mia Stone" } });
    for (const assignee_id of [null, 0, "0", ""])
      expect(assigneeOf(ticket({ assignee_id }), names, previous)).toEqual({ assignee: null });
    expect(assigneeOf(ticket(), names, previous)).toEqual({ assignee: previous.assignee });
    expect(assigneeOf(ticket(), names, null)).toEqual({});
    expect(assigneeOf(ticket({ assignee_id: { odd: 1 } }), names, null)).toEqual({});
  });
});

describe("the replies to a ticket", () => {
  it("are none when the metrics count none", () => {
    expect(repliesOf(ticket(), metrics(0), null)).toEqual({ replies: { count: 0, lastAt: null } });
  });

  it("have the time of the first one when there is one", () => {
    expect(repliesOf(ticket(), metrics(1, 70), null)).toEqual({ replies: { count: 1, lastAt: "2026-11-20T10:10:00.000Z" } });
    const inSeconds = WireMetricSet.parse({ ticket_id: 5, replies: 1, reply_time_in_seconds: { calendar: 61 } });
    expect(repliesOf(ticket(), inSeconds, null)).toEqual({ replies: { count: 1, lastAt: "2026-11-20T09:01:01.000Z" } });
  });

  it("have no time when the metrics count several, unless events reported the last one", () => {
    expect(repliesOf(ticket(), metrics(3, 70), null)).toEqual({ replies: { count: 3, lastAt: null } });
    const replies = { count: 3, lastAt: "2026-11-20T12:00:00.000Z" };
    expect(repliesOf(ticket(), metrics(3, 70), stored({ replies }))).toEqual({ replies });
    const onlyTime = stored({ replies: { ...replies, count: null } });
    expect(repliesOf(ticket(), metrics(3, 70), onlyTime)).toEqual({ replies });
  });

  it("have no time when an event was missed", () => {
    const replies = { count: 2, lastAt: "2026-11-20T12:00:00.000Z" };
    expect(repliesOf(ticket(), metrics(3, 70), stored({ replies }))).toEqual({ replies: { count: 3, lastAt: null } });
  });

  it("stay as an event reported them while the metrics are behind, and when there are no metrics", () => {
    const replies = { count: 1, lastAt: "2026-11-20T12:00:00.000Z" };
    expect(repliesOf(ticket(), metrics(0), stored({ replies }))).toEqual({ replies });
    expect(repliesOf(ticket(), undefined, stored({ replies }))).toEqual({ replies });
    expect(repliesOf(ticket(), metrics(null), stored({ replies }))).toEqual({ replies });
    expect(repliesOf(ticket(), undefined, null)).toEqual({});
  });

  it("are one more with an event, and a late event does not move the time back", () => {
    const [early, late] = ["2026-11-20T10:00:00.000Z", "2026-11-20T12:00:00.000Z"];
    expect(withReply({ count: 0, lastAt: null }, early)).toEqual({ count: 1, lastAt: early });
    expect(withReply({ count: 1, lastAt: late }, early)).toEqual({ count: 2, lastAt: late });
    expect(withReply(undefined, late)).toEqual({ count: null, lastAt: late });
  });
});
