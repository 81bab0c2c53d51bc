import type { Context } from "@sidelight/contracts/context/context.ts";
import type { Event } from "@sidelight/contracts/events/event.ts";
import { until } from "@sidelight/test-support/until.ts";
import type { ReportedEffect } from "../lab/control/effects.ts";
import { type BenchLab, startLab } from "./lab.ts";
import { quantiles, round } from "./measure.ts";

const tickets = 10;
/** Rate limit of the routes in the lab's configuration. */
const accountAbove = 50_000;
const restMs = 1_000;

/** An incoming ticket and its customer. */
interface News {
  ticket: string;
  requester: string;
  account: string;
}

/** Times of a ticket's effects, ms. */
type Times = Record<string, number>;

/** Angry tickets of different customers, one after the other: the time until all effects of each exist. */
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
      const times = took.map((round) => round[name]!);
      print(name, times);
    }
  } finally {
    await lab.stop();
  }
}

function print(name: string, times: number[]): void {
  const [p50, maximum] = [quantiles(times).p50, Math.max(...times)].map((ms) => `${round(ms, 0).padStart(4)} ms`);
  console.log(`  ${name.padEnd(30)} p50 ${p50}   longest ${maximum}`);
}

/** Accounts whose owner gets a task for a churn risk. */
async function accountsWorthIt(lab: BenchLab): Promise<string[]> {
  const { items } = await requestJson<{ items: Event[] }>(lab, "/v1/events?type=salesforce.account.imported&limit=1000");
  const refs = items.map(({ source }) => `salesforce.account:${source.objectId}`);
  const worthIt: string[] = [];
  for (let from = 0; from < refs.length; from += 100) {
    const body = { refs: refs.slice(from, from + 100), sections: ["account"] };
    const contexts = await requestJson<{ items: Context[] }>(lab, "/v1/contexts", body);
    for (const { ref, sections } of contexts.items) {
      const { arr, owner } = sections.account?.data ?? {};
      if ((arr?.amount ?? 0) > accountAbove && owner?.kind === "user") worthIt.push(ref);
    }
  }
  return worthIt;
}

/** @returns null when the customer cannot write a ticket */
async function follow(lab: BenchLab, account: string): Promise<Times | null> {
  await waitUntilIdle(lab);
  const since = performance.now();
  const news = await angryTicket(lab, account);
  if (!news) return null;
  const { ticket, requester } = news;
  const whenSeen = (label: string, isThere: () => Promise<boolean>) =>
    until(label, isThere).then(() => performance.now() - since);
  const whenWritten = (label: string, platform: string, object: string, isIt: (effect: ReportedEffect) => boolean) =>
    whenSeen(label, async () => (await effects(lab, platform, object)).some(isIt));
  const [fields, task, event, context] = await Promise.all([
    whenWritten("the ticket's fields", "zendesk", "ticket", ({ id }) => id === ticket),
    whenWritten("the task", "salesforce", "Task", ({ fields }) => fields["WhatId"] === news.account),
    whenWritten("the user's event", "mixpanel", "event", ({ fields }) => fields["ticket_id"] === ticket),
    whenSeen("the ticket in the context", async () => {
      const path = `/v1/context/zendesk.user:${requester}?sections=support`;
      const { support } = (await requestJson<Context>(lab, path)).sections;
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

/** Waits until no delivery is queued and no event arrives for a moment. */
async function waitUntilIdle(lab: BenchLab): Promise<void> {
  await until("the lab to become idle", async () => {
    const deliveries = await requestJson<{ items: unknown[] }>(lab, "/v1/deliveries?state=waiting&limit=1");
    const { items } = await requestJson<{ items: Event[] }>(lab, "/v1/events?limit=1");
    return deliveries.items.length === 0 && Date.now() - Date.parse(items[0]!.receivedAt) > restMs;
  });
}

async function angryTicket(lab: BenchLab, customer: string): Promise<News | null> {
  const response = await fetch(`${lab.control}/happen`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ kind: "angry_ticket", tenant: "acme", customer }),
  });
  if (response.status === 400) return null;
  const { refs } = (await response.json()) as { refs: string[] };
  const idOf = (object: string) => refs.find((ref) => ref.startsWith(`${object}:`))!.slice(object.length + 1);
  return { ticket: idOf("zendesk.ticket"), requester: idOf("zendesk.user"), account: idOf("salesforce.account") };
}

/** From the log's own times, ms. */
async function raisedAfter(lab: BenchLab, ticket: string): Promise<number> {
  const { items } = await requestJson<{ items: Event[] }>(lab, "/v1/events?type=customer.churn_risk.raised&limit=20");
  const riskEvent = items.find(({ data }) => data["ticket"] === `zendesk.ticket:${ticket}`)!;
  const cause = await requestJson<Event>(lab, `/v1/events/${riskEvent.data["causedBy"]}`);
  return Date.parse(riskEvent.receivedAt) - Date.parse(cause.receivedAt);
}

/** Writes of clients on a platform, of one object. */
async function effects(lab: BenchLab, platform: string, object: string): Promise<ReportedEffect[]> {
  const response = await fetch(`${lab.control}/effects?platform=${platform}&tenant=acme`);
  return ((await response.json()) as Record<string, ReportedEffect[]>)[object] ?? [];
}

async function requestJson<T>({ url, keys }: BenchLab, path: string, body?: object): Promise<T> {
  const headers = { authorization: `Bearer ${keys.admin}`, "content-type": "application/json" };
  const response = await fetch(`${url}${path}`, body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return (await response.json()) as T;
}
