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
const version = (written: object) => versionOf(TenantConfig.parse(written)).version;

describe("the version of a tenant's configuration", () => {
  it("is v and eight hexadecimal digits, the same for the same content", () => {
    expect(version(tenant)).toMatch(/^v[0-9a-f]{8}$/);
    const { routing, ...rest } = tenant;
    expect(version({ routing, ...rest })).toBe(version(tenant));
    expect(version({ ...tenant, csatDays: 90 })).toBe(version(tenant));
  });

  it("is another for anything that counts", () => {
    const others = [
      { ...tenant, csatDays: 91 },
      { ...tenant, roles: {} },
      { ...tenant, routing: { ...tenant.routing, transforms: { note: '"b"' } } },
      { ...tenant, connections: [...tenant.connections, { id: "mp", platform: "mixpanel" }] },
    ].map(version);
    expect(new Set([version(tenant), ...others]).size).toBe(5);
  });

  it("is the same once it was written down and read again", () => {
    const { config } = versionOf(TenantConfig.parse(tenant));
    expect(version(parse(stringify(config)))).toBe(version(tenant));
  });
});
