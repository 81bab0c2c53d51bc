import { describe, expect, it } from "vitest";
import { required, section, support } from "./fixtures/build.ts";
import { openCount, ownTicket, withoutTicket } from "./ownTicket.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
const data = support(now);
const answer = section<"support">(now, { source: "zendesk", data });
const ticketOnScreen = (ref: string | undefined) => ownTicket(answer, ref);

describe("the ticket on screen", () => {
  it("is found among the unsolved ones of its own platform only", () => {
    expect(ticketOnScreen("zendesk.ticket:5144")).toMatchObject({ id: "5144", status: "open" });
    for (const ref of ["zendesk.ticket:5030", "other.ticket:5144", "zendesk.user:5144", undefined])
      expect(ticketOnScreen(ref)).toBeNull();
  });

  it("is found among the latest tickets of a server that does not list the unsolved ones", () => {
    const { unsolved: _, ...older } = data;
    expect(ownTicket(section<"support">(now, { source: "zendesk", data: older }), "zendesk.ticket:5158")?.id).toBe("5158");
  });

  it("leaves one ticket less in its own status, and no other change", () => {
    const otherTickets = withoutTicket(data, ticketOnScreen("zendesk.ticket:5158"));
    expect(openCount(otherTickets)).toBe(openCount(data) - 1);
    expect({ ...otherTickets, open: data.open, unsolved: data.unsolved }).toEqual({
      ...data,
      highestPriority: otherTickets.highestPriority,
    });
    expect(withoutTicket(data, null)).toBe(data);
  });

  it("gives its place as the oldest and as the most urgent one to the next", () => {
    const urgent = {
      ...data,
      unsolved: required(data.unsolved).map((t, i) => ({ ...t, priority: i === 0 ? ("urgent" as const) : t.priority })),
    };
    const oldest = withoutTicket({ ...urgent, highestPriority: "urgent" }, required(urgent.unsolved[0]));
    expect(oldest.oldestOpenAt).toBe(required(data.unsolved?.[1]).createdAt);
    expect(oldest.highestPriority).toBe("high");
  });
});
