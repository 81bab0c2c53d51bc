import { until } from "@sidelight/test-support/until.ts";
import type { Locator } from "playwright-core";
import { effectsOf, type ReportedEffect } from "../lab/control/effects.ts";
import type { Target } from "../lab/simulators/log.ts";
import type { Harness } from "./harness.ts";
import type { Opened, Panels, Subject } from "./panels.ts";

/** A new ticket and its customer's records on the other platforms. */
export interface TicketRefs {
  ticket: string;
  account: string;
  user: string;
}

export interface Journey {
  refs: TicketRefs;
  zendesk: Awaited<ReturnType<Panels["openTicket"]>>;
  salesforce: Awaited<ReturnType<Panels["openContact"]>>;
  /** From the scenario to each of its effects, ms of real time. */
  tookMs: Record<string, number>;
}

/** An angry ticket of a customer who is open in both panels, up to all its effects. The harness needs routes and webhooks. */
export interface JourneyBench {
  run(): Promise<Journey>;
  /** Completes the owner's tasks, because an owner with an open task gets no second one. */
  completeTasks(): void;
  fieldsOf(refs: TicketRefs): Record<string, unknown>;
  openTasksOf(refs: TicketRefs): ReportedEffect[];
  eventsOf(name: string, refs: TicketRefs): ReportedEffect[];
  ticketWrites(refs: TicketRefs): ReportedEffect[];
}

export function journeyBench(harness: Harness, panels: Panels, subject: Subject): JourneyBench {
  const world = () => harness.lab.tenants["acme"]!.world;
  const effects = (target: Target, object: string): ReportedEffect[] => effectsOf({ acme: world() }, target)[object] ?? [];

  const fieldsOf = ({ ticket }: TicketRefs): Record<string, unknown> => {
    const { custom_fields } = world().zendesk.tickets.get(Number(ticket))!;
    const value = (key: string) => custom_fields.find(({ id }) => id === world().ids.zendesk.field(key))?.value ?? null;
    return Object.fromEntries(["account_arr", "last_active", "sessions_30d", "health_score"].map((key) => [key, value(key)]));
  };
  const openTasksOf = ({ account }: TicketRefs): ReportedEffect[] => {
    const isOpen = (id: string) => world().salesforce.tables.Task.get(id)!["IsClosed"] === false;
    return effects("salesforce", "Task").filter(({ id, fields }) => fields["WhatId"] === account && isOpen(id));
  };
  const eventsOf = (name: string, { ticket }: TicketRefs): ReportedEffect[] =>
    effects("mixpanel", "event").filter(
      ({ fields }) =>
        fields["event"] === name && (fields["ticket_id"] === ticket || fields["ticket"] === `zendesk.ticket:${ticket}`),
    );

  function createTicket(): TicketRefs {
    const customer = `zendesk.ticket:${subject.ticket}`;
    const { refs } = harness.lab.runScenario({ kind: "angry_ticket", tenant: "acme", customer });
    const idOf = (object: string) => refs.find((ref) => ref.startsWith(`${object}:`))!.slice(object.length + 1);
    return { ticket: idOf("zendesk.ticket"), account: idOf("salesforce.account"), user: idOf("mixpanel.user") };
  }

  /** A record page gets no events. It reads again when its window gets the focus. */
  async function focus({ page }: Opened, { ticket }: TicketRefs): Promise<void> {
    const ref = `salesforce.contact:${subject.contact}`;
    await until("the ticket in the context", async () => {
      const { support } = (await harness.context(ref, { query: "?sections=support" })).body.sections;
      return support?.data?.tickets.some(({ id }) => id === ticket) === true;
    });
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
  }

  return {
    fieldsOf,
    openTasksOf,
    eventsOf,
    ticketWrites: ({ ticket }) => effects("zendesk", "ticket").filter(({ id }) => id === ticket),
    completeTasks() {
      const { Task } = world().salesforce.tables;
      for (const { id } of effects("salesforce", "Task"))
        world().change(() => Task.put({ ...Task.get(id)!, Status: "Completed", IsClosed: true }));
    },
    async run() {
      const zendesk = await panels.openTicket();
      const salesforce = await panels.openContact();
      await zendesk.support.locator("h3 button").click();
      // The panel does not read again within a second.
      await salesforce.page.clock.runFor(1_000);
      const startedAt = performance.now();
      const refs = createTicket();
      const tookMs = await elapsed(startedAt, {
        fields: until("the ticket's fields", () => Object.values(fieldsOf(refs)).every((value) => value !== null)),
        task: until("the task", () => openTasksOf(refs).length > 0),
        event: until("the user's event", () => eventsOf("Support Ticket Created", refs).length > 0),
        zendesk: itemIn(zendesk, refs, ".changed").waitFor(),
        salesforce: focus(salesforce, refs).then(() => itemIn(salesforce, refs, ".changed").waitFor()),
      });
      return { refs, zendesk, salesforce, tookMs };
    },
  };
}

/** The ticket in the list of a panel's support section. */
export const itemIn = ({ page, support }: Opened & { support: Locator }, { ticket }: TicketRefs, state = ""): Locator =>
  support.locator(`li${state}`).filter({ has: page.locator(`a[href$="/${ticket}"]`) });

async function elapsed(startedAt: number, work: Record<string, Promise<unknown>>): Promise<Record<string, number>> {
  const times = Object.entries(work).map(async ([name, promise]) => [
    name,
    await promise.then(() => performance.now() - startedAt),
  ]);
  return Object.fromEntries(await Promise.all(times));
}
