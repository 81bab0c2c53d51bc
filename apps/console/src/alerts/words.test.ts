import { describe, expect, it } from "vitest";
import { byConnection, pageOf } from "./words.ts";

const alert = (connection: string, severity: "critical" | "warning" | "info") => ({ connection, severity });

describe("alerts", () => {
  it("of one connection are together, the gravest group first", () => {
    const groups = byConnection([
      alert("zendesk", "warning"),
      alert("", "info"),
      alert("crm", "critical"),
      alert("zendesk", "info"),
    ]);
    expect(groups.map(([connection, { length }]) => [connection, length])).toEqual([
      ["crm", 1],
      ["zendesk", 2],
      ["", 1],
    ]);
  });

  it.each([
    ["dead_letter", "zendesk", "lead-to-zendesk", "#/deliveries?state=dead_letter&route=lead-to-zendesk&target=zendesk"],
    ["queue_growing", "zendesk", "set-fields", "#/deliveries?state=waiting&target=zendesk"],
    ["circuit_open", "zendesk", "", "#/connections/zendesk"],
    ["config_refused", "", "", "#/configuration"],
    ["projection_failed", "", "", undefined],
  ])("lead to the page where a person acts: %s", (kind, connection, subject, href) => {
    expect(pageOf({ kind, connection, subject })?.href).toBe(href);
  });
});
