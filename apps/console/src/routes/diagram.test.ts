import type { RouteStatus } from "@sidelight/contracts/events/route.ts";
import { describe, expect, it } from "vitest";
import { boxHeight, drawRoutes, shortText, sourcesOf } from "./diagram.ts";

const route = (id: string, eventTypes: string[], connection: string, state: RouteStatus["state"] = "ok"): RouteStatus => ({
  ...{ id, on: eventTypes, when: null, do: "track", purpose: null, owner: null, criticality: "normal", state },
  to: { connection, platform: connection, label: connection.toUpperCase() },
  counts: { waiting: 0, blocked: 0, done: 0, dead_letter: 0, withheld: 0 },
  ...{ lastDelivered: null, delayMs: null, lastFailure: null },
});
const source = (platform: string, events: number) => ({ platform, label: platform.toUpperCase(), events });

describe("the diagram of routes", () => {
  const diagram = drawRoutes({
    sources: [source("zendesk", 3), source("mixpanel", 0), source("salesforce", 7)],
    items: [
      route("lead", ["salesforce.lead.created"], "zendesk"),
      route("case", ["zendesk.ticket.created", "zendesk.ticket.updated"], "salesforce", "failing"),
      route("both", ["zendesk.ticket.created", "customer.churn_risk"], "mixpanel"),
    ],
  });

  it("has the sources that routes take, each with its events", () => {
    const sources = diagram.sources.map(({ label, events }) => [label, events]);
    expect(sources).toHaveLength(3);
    expect(sources).toEqual(
      expect.arrayContaining([
        ["ZENDESK", 3],
        ["SALESFORCE", 7],
        ["Sidelight", 0],
      ]),
    );
    expect(diagram.routes.map((box) => box.route.id)).toEqual(["both", "case", "lead"]);
  });

  it("has an arrow from every source of a route, and one to its target", () => {
    expect(diagram.arrows.map(({ id }) => id).toSorted()).toEqual(
      ["both", "case", "lead", "salesforce lead", "sidelight both", "zendesk both", "zendesk case"].toSorted(),
    );
    expect(diagram.arrows.filter(({ state }) => state === "failing").map(({ id }) => id)).toEqual(["zendesk case", "case"]);
  });

  it("has no box over another, and none outside", () => {
    for (const column of [diagram.sources, diagram.routes, diagram.targets]) {
      for (const [i, { y }] of column.entries()) if (i > 0) expect(y).toBeGreaterThanOrEqual(column[i - 1]!.y + boxHeight);
      expect(column.at(-1)!.y + boxHeight).toBeLessThanOrEqual(diagram.height);
    }
  });

  it("names Sidelight as the source of events about customers, and shortens long names", () => {
    expect(sourcesOf(route("r", ["customer.churn_risk", "zendesk.ticket.created"], "zendesk"))).toEqual(["sidelight", "zendesk"]);
    expect(shortText("a-long-name", 6)).toBe("a-lon…");
    expect(shortText("short", 6)).toBe("short");
    expect(drawRoutes({ sources: [], items: [] })).toMatchObject({ height: 0, arrows: [] });
  });
});
