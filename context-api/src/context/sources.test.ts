import { describe, expect, it } from "vitest";
import type { Connection } from "../connections/connections.ts";
import type { CustomerRecords } from "./customerRecords.ts";
import { createSectionRegistry } from "./sections/registry.ts";
import type { ConnectionState } from "./sections/section.ts";
import { excludedConnections, feedingConnections, mergeStates } from "./sources.ts";
import type { Tenant } from "./tenant.ts";

const connection = (id: string, overrides: object = {}): Connection =>
  ({
    id,
    environment: "production",
    platform: { name: "crm", label: "CRM", section: "account" },
    ...overrides,
  }) as unknown as Connection;

const state = (id: string, overrides: Partial<ConnectionState> = {}): ConnectionState => ({
  connection: connection(id),
  observedAt: 100,
  freshUntil: 200,
  staleAt: 300,
  problem: null,
  isLate: false,
  isPushed: false,
  ...overrides,
});
const problem = (message: string) => ({ code: "unavailable" as const, message, since: null, retryAt: null });

/** A customer with one account record on each of these connections. */
const customerOn = (...connections: string[]): CustomerRecords =>
  ({
    ...{ kind: "company", node: "n", people: new Map(), parent: null, subsidiaries: [] },
    company: { node: "n", records: connections.map((id) => ({ key: id, connection: id })) },
    ...{ tickets: [], ratings: [], opportunities: [], activities: [], cases: [], usage: [] },
  }) as unknown as CustomerRecords;

describe("the state of a section with several connections", () => {
  it("is as old as the oldest connection that holds records of the customer", () => {
    const states = [state("a", { observedAt: 90, staleAt: 290 }), state("b"), state("c", { observedAt: 10, staleAt: 210 })];
    expect(mergeStates(states, customerOn("a", "b"))).toMatchObject({ observedAt: 90, freshUntil: 200, staleAt: 290 });
    expect(mergeStates(states, customerOn("a", "b", "c"))).toMatchObject({ observedAt: 10, staleAt: 210 });
  });

  it("considers every connection when none holds a record", () => {
    const states = [state("a"), state("b", { observedAt: 50 })];
    expect(mergeStates(states, customerOn())).toMatchObject({ observedAt: 50 });
  });

  it("has no age while a connection with records was never observed", () => {
    expect(mergeStates([state("a"), state("b", { observedAt: null })], customerOn("a", "b")).observedAt).toBeNull();
  });

  it("puts connections with records first, then keeps the order of the configuration", () => {
    const { connections } = mergeStates([state("a"), state("b"), state("c")], customerOn("c"));
    expect(connections.map(({ id }) => id)).toEqual(["c", "a", "b"]);
  });

  it("shows the problem of a connection with records, and of one that was never observed", () => {
    const failing = state("b", { problem: problem("b fails") });
    expect(mergeStates([state("a"), failing], customerOn("a", "b")).problem?.message).toBe("b fails");
    expect(mergeStates([state("a"), failing], customerOn("a")).problem).toBeNull();
    const neverObserved = { ...failing, observedAt: null };
    expect(mergeStates([state("a"), neverObserved], customerOn("a")).problem?.message).toBe("b fails");
  });

  it("is without connections when none is configured", () => {
    expect(mergeStates([], customerOn())).toMatchObject({ connections: [], observedAt: null, problem: null });
  });
});

describe("connections that feed a section", () => {
  const sections = createSectionRegistry();
  const tenantWith = (...connections: Connection[]) => ({ connections, sections }) as unknown as Tenant;
  const accountIds = (tenant: Tenant) =>
    feedingConnections(tenant, sections.definitions.find(({ name }) => name === "account") ?? fail()).map(({ id }) => id);
  const fail = (): never => {
    throw new Error("no account section");
  };

  it("are all connections of the production environment", () => {
    expect(accountIds(tenantWith(connection("a"), connection("b")))).toEqual(["a", "b"]);
  });

  it("are those of the sandbox only without a production connection", () => {
    const sandbox = connection("s", { environment: "sandbox" });
    expect(accountIds(tenantWith(sandbox))).toEqual(["s"]);
    const tenantWithBoth = tenantWith(sandbox, connection("a"));
    expect(accountIds(tenantWithBoth)).toEqual(["a"]);
    expect([...excludedConnections(tenantWithBoth)]).toEqual(["s"]);
    expect([...excludedConnections(tenantWith(sandbox))]).toEqual([]);
  });
});
