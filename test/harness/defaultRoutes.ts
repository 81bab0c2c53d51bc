import type { Context } from "@sidelight/contracts/context/context.ts";
import { afterAll, beforeAll } from "vitest";
import { effectsOf, type ReportedEffect } from "../lab/control/effects.ts";
import type { Target } from "../lab/simulators/log.ts";
import type { ScenarioKind } from "../lab/world/mutations/index.ts";
import type { Person, SfRow, ZdTicket } from "../lab/world/types.ts";
import { type Harness, openHarness } from "./harness.ts";
import { settleWork } from "./settleWork.ts";
import { putTicket } from "./zendeskTicket.ts";

interface Delivery {
  route: string;
  state: string;
  eventId: string;
  message: string | null;
}

/** A lab with webhooks and the default routes, for the tests of one file, and what they read and change. */
export function useDefaultRoutes() {
  let harness: Harness;
  beforeAll(async () => {
    harness = await openHarness({ routes: true, webhooks: true });
  });
  afterAll(() => harness.close());

  const acme = () => harness.lab.tenants["acme"]!;
  const world = () => acme().world;
  const ids = () => world().ids;

  const effects = (target: Target, object: string): ReportedEffect[] => effectsOf({ acme: world() }, target)[object] ?? [];
  const trackedEvents = (event: string, ticket?: string) =>
    effects("mixpanel", "event").filter(
      ({ fields }) => fields["event"] === event && (ticket === undefined || fields["ticket_id"] === ticket),
    );
  const profile = (id: string) => world().mixpanel.profiles.get(id)?.properties ?? {};
  const group = (accountId: string) => world().mixpanel.groups.get(`company_id:${accountId}`)?.properties ?? {};
  const account = (id: string): SfRow => world().salesforce.tables.Account.get(id)!;
  const accountNamed = (name: string): SfRow => [...world().salesforce.tables.Account.values()].find((a) => a["Name"] === name)!;
  const tasksAt = (accountId: string) => effects("salesforce", "Task").filter(({ fields }) => fields["WhatId"] === accountId);
  const casesAt = (accountId: string) => effects("salesforce", "Case").filter(({ fields }) => fields["AccountId"] === accountId);

  const deliveries = async (query: string): Promise<Delivery[]> =>
    (await harness.request(`/v1/deliveries?limit=1000&${query}`)).body.items;
  const events = async (type: string) => (await harness.request(`/v1/events?limit=1000&type=${type}`)).body.items;

  /** A person of the account who is known on all platforms and has not opted out. */
  function personAt(name: string): Person {
    const company = world().companies.findIndex((_, i) => ids().salesforce.account(i) === accountNamed(name).Id);
    const person = world().people.find(
      (p) =>
        p.company === company &&
        [p.salesforce, p.zendesk, p.mixpanel].every(Boolean) &&
        p.tags.every((tag) => tag === "everywhere" || tag === "demo"),
    );
    if (!person) throw new Error(`no matching person at ${name}`);
    return person;
  }

  /** Creates a ticket of this person in Zendesk. */
  const createTicket = (person: Person, ticket: Partial<ZdTicket> & Pick<ZdTicket, "subject">): number =>
    putTicket(harness, ids().zendesk.user(person.index), ticket);

  const runScenario = (kind: ScenarioKind, customer?: string): string[] => {
    harness.clock.advance(1_000);
    return harness.lab.runScenario({ kind, tenant: "acme", seed: 1, ...(customer === undefined ? {} : { customer }) }).refs;
  };

  const settle = (): Promise<void> => settleWork(harness, "acme", 250);

  async function contextOf(person: Person): Promise<Context> {
    return (await harness.context(`zendesk.user:${ids().zendesk.user(person.index)}`)).body;
  }

  const solve = (id: number): void => changeTicket(id, { status: "solved" });

  function changeTicket(id: number, fields: Partial<ZdTicket>): void {
    harness.clock.advance(2_000);
    const { tickets } = world().zendesk;
    const updated_at = `${new Date(harness.clock.now()).toISOString().slice(0, 19)}Z`;
    const generated_timestamp = Math.floor(harness.clock.now() / 1000);
    world().change(() => tickets.put({ ...tickets.get(id)!, ...fields, updated_at, generated_timestamp }));
  }

  function change(row: SfRow, fields: Record<string, string | number | null>): void {
    harness.clock.advance(2_000);
    const stamp = new Date(harness.clock.now()).toISOString();
    world().change(() =>
      world().salesforce.tables.Account.put({ ...account(row.Id), ...fields, LastModifiedDate: stamp, SystemModstamp: stamp }),
    );
  }

  return {
    harness: () => harness,
    acme,
    world,
    ids,
    effects,
    trackedEvents,
    profile,
    group,
    account,
    accountNamed,
    tasksAt,
    casesAt,
    deliveries,
    events,
    personAt,
    createTicket,
    runScenario,
    settle,
    contextOf,
    solve,
    changeTicket,
    change,
  };
}
