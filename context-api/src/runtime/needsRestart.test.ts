import { describe, expect, it } from "vitest";
import { SidelightConfig } from "../config/schema.ts";
import { differsOnlyInRouting } from "./changeTenant.ts";
import { needsRestart } from "./needsRestart.ts";

const load = (config: object) => ({ config: SidelightConfig.parse({ version: 1, tenants: {}, ...config }) });

describe("needsRestart", () => {
  const startConfig = load({ tenants: { acme: {}, globex: {} } });

  it("returns nothing when only tenants' parts changed", () => {
    expect(needsRestart(startConfig, startConfig)).toEqual([]);
    expect(needsRestart(startConfig, load({ tenants: { acme: { csatDays: 30 }, globex: {} } }))).toEqual([]);
  });

  it("returns changed values of http and secrets by path", () => {
    const current = load({
      http: { requestsPerMinute: 7 },
      secrets: { provider: "file", path: "secrets.json" },
      tenants: { acme: {}, globex: {} },
    });
    expect(needsRestart(startConfig, current)).toEqual(["http.requestsPerMinute", "secrets.provider", "secrets.path"]);
  });

  it("returns added and removed tenants, and for one tenant only its own", () => {
    const current = load({ tenants: { acme: {}, initech: {} } });
    expect(needsRestart(startConfig, current)).toEqual(["tenants.globex", "tenants.initech"]);
    expect(needsRestart(startConfig, current, "globex")).toEqual(["tenants.globex"]);
    expect(needsRestart(startConfig, current, "acme")).toEqual([]);
  });
});

describe("differsOnlyInRouting", () => {
  const tenant = (config: object) => load({ tenants: { acme: config } }).config.tenants["acme"];
  const compare = (previous: object, next: object) => {
    const [a, b] = [tenant(previous), tenant(next)];
    if (!a || !b) throw new Error("the tenant is missing");
    return differsOnlyInRouting(a, b);
  };

  it("is true for equal configurations and for other routes", () => {
    const route = { id: "r", on: "zendesk.ticket.created", to: "zd", do: "add-internal-note", with: '"text"' };
    expect(compare({}, {})).toBe(true);
    expect(compare({}, { routing: { routes: [route] } })).toBe(true);
  });

  it("is false for any other change", () => {
    expect(compare({}, { csatDays: 30 })).toBe(false);
    expect(compare({}, { connections: [{ id: "zd", platform: "zendesk" }] })).toBe(false);
    expect(compare({ csatDays: 30 }, { routing: { defaults: true } })).toBe(false);
  });
});
