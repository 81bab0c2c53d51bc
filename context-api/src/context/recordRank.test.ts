import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { expect, it } from "vitest";
import { recordRank } from "./recordRank.ts";
import type { Tenant } from "./tenant.ts";

const platforms = new Map([
  ["salesforce", { section: "account" }],
  ["hubspot", { section: "account" }],
  ["zendesk", { section: "support" }],
  ["generic", { section: null }],
]) as unknown as ReadonlyMap<string, Platform>;
const connections = ["zendesk", "hubspot", "salesforce", "generic"].map((id) => ({ id }));
const rank = recordRank({ platforms, connections, sections: { names: ["account", "support"] } } as unknown as Tenant);

const sorted = (...records: [platform: string, connection: string][]): string[] =>
  records
    .map(([platform, connection]) => ({ platform, connection }))
    .sort((a, b) => rank(a) - rank(b))
    .map(({ connection }) => connection);

it("ranks records by the order of the sections of their platforms", () => {
  expect(sorted(["generic", "generic"], ["zendesk", "zendesk"], ["salesforce", "salesforce"])).toEqual([
    "salesforce",
    "zendesk",
    "generic",
  ]);
});

it("ranks records of one section by the order of the connections", () => {
  expect(sorted(["salesforce", "salesforce"], ["hubspot", "hubspot"])).toEqual(["hubspot", "salesforce"]);
});

it("ranks a removed connection after the others of its section, and before the next section", () => {
  expect(sorted(["zendesk", "zendesk"], ["salesforce", "removed"], ["salesforce", "salesforce"])).toEqual([
    "salesforce",
    "removed",
    "zendesk",
  ]);
});
