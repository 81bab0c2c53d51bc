import { describe, expect, it } from "vitest";
import { TenantConfig } from "../config/schema.ts";
import { maskMappedFields } from "./mappedFields.ts";
import type { Tenant } from "./tenant.ts";

const field = (type: string, name: string) => ({ kind: "person", platforms: { crm: name }, owner: "crm", type });
const crm = { name: "crm", label: "CRM", section: "account", fields: { person: { problemOf: () => null }, presets: {} } };

function tenantWith(layout: object): Pick<Tenant, "config" | "platforms"> {
  const config = TenantConfig.parse({
    connections: [{ id: "crm", platform: "crm", settings: {} }],
    fields: { desk: field("phone", "Desk__c"), login: field("email", "Login__c"), tier: field("text", "Tier__c") },
    panel: { layouts: [layout] },
  });
  return { config, platforms: new Map([["crm", crm]]) as unknown as Tenant["platforms"] };
}

const data = { fields: { desk: "ext. 7", login: "ada", tier: "Gold" } };

describe("values of mapped fields", () => {
  const tenant = tenantWith({ facts: ["field:desk", "field:login"], rows: ["field:tier"] });

  it("are masked by their type for a reader without the right pii, whatever their form", () => {
    const masked: string[] = [];
    const visibleData = maskMappedFields(data, masked, { pii: false }, tenant);
    expect(visibleData).toEqual({ fields: { desk: "•••", login: "•••", tier: "Gold" } });
    expect(masked).toEqual(["/fields/desk", "/fields/login"]);
  });

  it("stay for a reader with the right pii", () => {
    const masked: string[] = [];
    expect(maskMappedFields(data, masked, { pii: true }, tenant)).toEqual(data);
    expect(masked).toEqual([]);
  });

  it("keep what their form has masked already, and a missing value", () => {
    const masked = ["/fields/login"];
    const partial = { fields: { login: "•••@acme.test", desk: null } };
    expect(maskMappedFields(partial, masked, { pii: false }, tenant)).toEqual(partial);
    expect(masked).toEqual(["/fields/login"]);
  });
});
