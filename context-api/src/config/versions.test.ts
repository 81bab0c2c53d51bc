import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { TenantConfig } from "./schema.ts";
import { versionOf } from "./versions.ts";

const tenant = {
  timeZone: "Europe/Berlin",
  roles: { agent: { pii: true } },
  connections: [{ id: "zd", platform: "zendesk", settings: { url: "https://acme.zendesk.com" } }],
  routing: {
    settings: { ticketFields: { health: { id: 1, type: "integer" } } },
    transforms: { note: '(\n  "a: b # no comment"\n)' },
    routes: [{ id: "r", on: "zendesk.ticket.created", to: "zd", do: "add-internal-note", with: "note" }],
  },
};
const version = (config: object) => versionOf(TenantConfig.parse(config)).version;

describe("versionOf", () => {
  it("returns v and eight hexadecimal digits, the same for equal content", () => {
    expect(version(tenant)).toMatch(/^v[0-9a-f]{8}$/);
    const { routing, ...members } = tenant;
    expect(version({ routing, ...members })).toBe(version(tenant));
    expect(version({ ...tenant, csatDays: 90 })).toBe(version(tenant));
  });

  it("returns another version for every change of content", () => {
    const versions = [
      { ...tenant, csatDays: 91 },
      { ...tenant, roles: {} },
      { ...tenant, routing: { ...tenant.routing, transforms: { note: '"b"' } } },
      { ...tenant, connections: [...tenant.connections, { id: "mp", platform: "mixpanel" }] },
    ].map(version);
    expect(new Set([version(tenant), ...versions]).size).toBe(5);
  });

  it("returns the same version after writing YAML and reading it", () => {
    const { config } = versionOf(TenantConfig.parse(tenant));
    expect(version(parse(stringify(config)))).toBe(version(tenant));
  });
});
