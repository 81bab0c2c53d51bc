import type { ParsedRef } from "@sidelight/model/refs.ts";
import { describe, expect, it } from "vitest";
import type { Connection } from "../connections/connections.ts";
import type { CustomerRecords } from "./customerRecords.ts";
import { planLookups, planRefetches, type RefetchInput } from "./planFetches.ts";
import { createSectionRegistry, neededSections } from "./sections/registry.ts";

const connection = (name: string, section: string, lookupKeys: string[]): Connection =>
  ({ id: name, platform: { name, section, lookupKeys, sectionObjects: [] } }) as unknown as Connection;
const crm = connection("crm", "account", ["email", "domain"]);
const desk = connection("desk", "support", ["email", "phone"]);

const config = { defaultCountry: null, freeMailDomains: ["mail-service.test"] };
const email = { kind: "email", value: "a@acme.test", ref: "email:a@acme.test" } as ParsedRef;
const ticket = { kind: "object", platform: "desk", object: "ticket", id: "1", ref: "desk.ticket:1" } as ParsedRef;

describe("the search for an unknown customer", () => {
  it("asks the platforms that can search by this key", () => {
    const plan = planLookups({ connections: [crm, desk], config }, email);
    expect(plan.map((fetch) => [fetch.connection.id, fetch.lookups])).toEqual([
      ["crm", [{ by: "email", value: "a@acme.test" }]],
      ["desk", [{ by: "email", value: "a@acme.test" }]],
    ]);
    expect(planLookups({ connections: [crm, desk], config }, { ...email, kind: "phone" } as ParsedRef)).toHaveLength(1);
  });

  it("asks only the platform of an object, and none for our own ids", () => {
    expect(planLookups({ connections: [crm, desk], config }, ticket).map((fetch) => fetch.connection.id)).toEqual(["desk"]);
    const ownId = { kind: "person", node: "n", ref: "person:n" } as ParsedRef;
    expect(planLookups({ connections: [crm, desk], config }, ownId)).toEqual([]);
  });

  it("asks none for what names no customer", () => {
    const domain = (value: string) => ({ kind: "domain", value, ref: `domain:${value}` }) as ParsedRef;
    expect(planLookups({ connections: [crm, desk], config }, domain("acme.test"))).toHaveLength(1);
    for (const value of ["gmail.com", "mail-service.test"])
      expect(planLookups({ connections: [crm, desk], config }, domain(value)), value).toEqual([]);
    const placeholder = { kind: "email", value: "noemail@acme.test", ref: "email:noemail@acme.test" } as ParsedRef;
    expect(planLookups({ connections: [crm, desk], config }, placeholder)).toEqual([]);
  });
});

const registry = createSectionRegistry();
const contact = { connection: "crm", ref: "crm.contact:1", identifiers: [{ kind: "email", value: "a@acme.test" }] };
const person = {
  ...{ kind: "person", node: "n", company: null, parent: null, subsidiaries: [] },
  people: new Map([["n", [contact]]]),
  ...{ tickets: [], ratings: [], opportunities: [], activities: [], cases: [], usage: [] },
} as unknown as CustomerRecords;

const state = (feeding: Connection, staleAt: number | null) => ({
  ...{ connection: feeding, observedAt: staleAt, freshUntil: staleAt, staleAt },
  ...{ problem: null, isLate: false, isPushed: false },
});
const plan = (sections: string[], crmStaleAt: number | null, deskStaleAt: number | null, overrides: Partial<RefetchInput> = {}) =>
  planRefetches({
    definitions: neededSections(registry, sections),
    states: new Map([
      ["account", [state(crm, crmStaleAt)]],
      ["support", [state(desk, deskStaleAt)]],
    ]),
    records: person,
    outcomes: [],
    isForced: false,
    now: 1_000,
    ...overrides,
  }).map(({ connection: { id }, refs, lookups }) => ({ id, refs, lookups }));

const refetchCrm = { id: "crm", refs: ["crm.contact:1"], lookups: [] };
const searchDesk = { id: "desk", refs: [], lookups: [{ by: "email", value: "a@acme.test" }] };

describe("the fetches for a known customer", () => {
  it("are none while every needed section is current", () => {
    expect(plan(["account", "support"], 2_000, 2_000)).toEqual([]);
  });

  it("refetch the records of a stale connection, and search one that holds none", () => {
    expect(plan(["account", "support"], 500, null)).toEqual([refetchCrm, searchDesk]);
  });

  it("leave out sections that the answer does not need", () => {
    expect(plan(["support"], 500, null)).toEqual([searchDesk]);
    expect(plan(["notes"], 500, null)).toEqual([]);
  });

  it("include every source when a requested section is computed from them", () => {
    expect(plan(["health"], 500, null)).toEqual([refetchCrm, searchDesk]);
  });

  it("include current connections when they are forced", () => {
    expect(plan(["account"], 2_000, 2_000, { isForced: true })).toEqual([refetchCrm]);
  });

  it("leave out a connection that was asked for this answer, unless its result was partial", () => {
    const outcome = (result: "found" | "partial") => [{ connection: crm, at: 1, outcome: result }];
    expect(plan(["account"], 500, null, { outcomes: outcome("found") })).toEqual([]);
    expect(plan(["account"], 500, null, { outcomes: outcome("partial") })).toEqual([refetchCrm]);
  });
});
