import type { Context } from "@sidelight/contracts/context/context.ts";
import type { Event } from "@sidelight/contracts/events/event.ts";
import type { ReportedEffect } from "../lab/control/effects.ts";
import { until } from "../support/until.ts";
import { type BenchLab, startLab } from "./lab.ts";
import { quantiles, round } from "./measure.ts";

const tickets = 10;
/** The limit of the routes, as the lab leaves it. */
const accountAbove = 50_000;
const restMs = 1_000;

/** A ticket that came in, and whom it is about. */
interface News {
  ticket: string;
  requester: string;
  account: string;
}

/** By what a ticket led to: when it was there, ms. */
type Times = Record<string, number>;

/** Angry tickets of different customers, one after the other: how long until all that each leads to is there. */
export async function journey(): Promise<void> {
  const lab = await startLab();
  try {
    const took: Times[] = [];
    for (const account of await accountsWorthIt(lab)) {
      if (took.length === tickets) break;
      const times = await follow(lab, account);
      if (times) took.push(times);
    }
    if (took.length < tickets) throw new Error(`only ${took.length} customers can write an angry ticket`);
    for (const name of Object.keys(took[0]!)) {
      const times = took.map((each) => each[name]!);
      print(name, times);
    }
  } finally {
    await lab.stop();
  }
}

function print(name: string, times: number[]): void {
  const [p50, longest] = [quantiles(times).p50, Math.max(...times)].map((ms) => `${round(ms, 0).padStart(4)} ms`);
  console.log(`  ${name.padEnd(30)} p50 ${p50}   longest ${longest}`);
}

/** Accounts whose owner is told of a churn risk. */
async function accountsWorthIt(lab: BenchLab): Promise<string[]> {
  const { items } = await ask<{ items: Event[] }>(lab, "/v1/events?type=salesforce.account.imported&limit=1000");
  const refs = items.map(({ source }) => `salesforce.account:${source.objectId}`);
  const worthIt: string[] = [];
  for (let from = 0; from < refs.length; from += 100) {
    const body = { refs: refs.slice(from, from + 100), sections: ["account"] };
    const contexts = await ask<{ items: Context[] }>(lab, "/v1/contexts", body);
    for (const { ref, sections } of contexts.items) {
      const { arr, owner } = sections.account?.data ?? {};
      if ((arr?.amount ?? 0) > accountAbove && owner?.kind === "user") worthIt.push(ref);
    }
  }
  return worthIt;
}

/** @returns null where nobody there can write a ticket */
async function follow(lab: BenchLab, account: string): Promise<Times | null> {
  await rest(lab);
  const since = performance.now();
  const news = await angryTicket(lab, account);
  if (!news) return null;
  const { ticket, requester } = news;
  const seen = (what: string, isThere: () => Promise<boolean>) => until(what, isThere).then(() => performance.now() - since);
  const written = (what: string, platform: string, object: string, isIt: (effect: ReportedEffect) => boolean) =>
    seen(what, async () => (await effects(lab, platform, object)).some(isIt));
  const [fields, task, event, context] = await Promise.all([
    written("the ticket's fields", "zendesk", "ticket", ({ id }) => id === ticket),
    written("the task", "salesforce", "Task", ({ fields }) => fields["WhatId"] === news.account),
    written("the user's event", "mixpanel", "event", ({ fields }) => fields["ticket_id"] === ticket),
    seen("the ticket in the context", async () => {
      const path = `/v1/context/zendesk.user:${requester}?sections=support`;
      const { support } = (await ask<Context>(lab, path)).sections;
      return support?.data?.tickets.some(({ id }) => id === ticket) ?? false;
    }),
  ]);
  return {
    "received → churn risk raised": await raisedAfter(lab, ticket),
    "in the API's answer": context,
    "fields on the ticket": fields,
    "event in Mixpanel": event,
    "task in Salesforce": task,
  };
}

/** Until nothing is on its way, and nothing has come for a moment. */
async function rest(lab: BenchLab): Promise<void> {
  await until("the lab to rest", async () => {
    const waiting = await ask<{ items: unknown[] }>(lab, "/v1/deliveries?state=waiting&limit=1");
    const { items } = await ask<{ items: Event[] }>(lab, "/v1/events?limit=1");
    return waiting.items.length === 0 && Date.now() - Date.parse(items[0]!.receivedAt) > restMs;
  });
}

async function angryTicket(lab: BenchLab, about: string): Promise<News | null> {
  const response = await fetch(`${lab.control}/happen`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ kind: "angry_ticket", tenant: "acme", about }),
  });
  if (response.status === 400) return null;
  const { refs } = (await response.json()) as { refs: string[] };
  const idOf = (object: string) => refs.find((ref) => ref.startsWith(`${object}:`))!.slice(object.length + 1);
  return { ticket: idOf("zendesk.ticket"), requester: idOf("zendesk.user"), account: idOf("salesforce.account") };
}

/** By the log's own times, ms. */
async function raisedAfter(lab: BenchLab, ticket: string): Promise<number> {
  const { items } = await ask<{ items: Event[] }>(lab, "/v1/events?type=customer.churn_risk.raised&limit=20");
  const raised = items.find(({ data }) => data["ticket"] === `zendesk.ticket:${ticket}`)!;
  const cause = await ask<Event>(lab, `/v1/events/${raised.data["causedBy"]}`);
  return Date.parse(raised.receivedAt) - Date.parse(cause.receivedAt);
}

/** What clients have written on a platform, of one kind. */
async function effects(lab: BenchLab, platform: string, object: string): Promise<ReportedEffect[]> {
  const response = await fetch(`${lab.control}/effects?platform=${platform}&tenant=acme`);
  return ((await response.json()) as Record<string, ReportedEffect[]>)[object] ?? [];
}

async function ask<T>({ url, keys }: BenchLab, path: string, body?: object): Promise<T> {
  const headers = { authorization: `Bearer ${keys.admin}`, "content-type": "application/json" };
  const response = await fetch(`${url}${path}`, body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return (await response.json()) as T;
}
