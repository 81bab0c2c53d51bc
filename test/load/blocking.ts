import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { sendGeneric } from "../harness/genericWebhook.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { organizationOf, outboundMessage, sendOutbound } from "../harness/salesforceWebhook.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

/** Warm-up runs before the measured one. */
const warmUps = 3;

/**
 * How long single requests keep the event loop: the longest processor time between two of its turns, and the time of the request. The
 * goal is 50 ms for every request.
 */
export async function blocking(): Promise<void> {
  await withLab({ companies: 300, people: 2_000, tickets: 6_000, opportunities: 900, activities: 1_500 }, async (harness) => {
    const { examples, world } = harness.lab.tenants["acme"]!;
    const refs = world.people.slice(0, 100).map((person) => `email:${person.email}`);
    const xml = outboundMessage([{ id: world.ids.salesforce.account(0), fields: { Description: "x".repeat(1_000_000) } }], {
      organizationId: organizationOf(harness),
    });
    const group = encodeURIComponent(examples.hierarchy[0]!);
    await measure("GET /v1/events?limit=1000", () => harness.request("/v1/events?limit=1000", { role: "service" }));
    await measure("POST /v1/contexts with 100 people", () => harness.request("/v1/contexts", { method: "POST", body: { refs } }));
    await measure("GET /v1/context of a group of companies", () => uncached(harness, `/v1/context/${group}`));
    await measure("GET /v1/connections", () => harness.request("/v1/connections"));
    await measure("GET /v1/config/routes?hours=168", () => harness.request("/v1/config/routes?hours=168"));
    await measure("GET /openapi.json", () => harness.request("/openapi.json"));
    await measure("outbound message of 1 MB", () => sendOutbound(harness, xml));
  });
  const small = { companies: 10, people: 60, tickets: 100, opportunities: 20, activities: 20 };
  await withLab(
    small,
    async (harness) => {
      await fillQuarantine(harness);
      await measure("GET /v1/quarantine?limit=1000", () => harness.request("/v1/quarantine?limit=1000"));
      await makeDeliveries(harness);
      await measure("GET /v1/deliveries?limit=1000", () => harness.request("/v1/deliveries?limit=1000"));
    },
    true,
  );
  await withLab({ companies: 10, people: 5_000, tickets: 6_000, opportunities: 100, activities: 500 }, async (harness) => {
    const { ref, people } = largestCompany(harness);
    const company = encodeURIComponent(ref);
    await measure(`GET /v1/context of a company of ${people} people`, () => uncached(harness, `/v1/context/${company}`));
    await measure("GET /v1/timeline of it", () => harness.request(`/v1/timeline/${company}?limit=1000`));
  });
}

/** A thousand messages that cannot be used. */
async function fillQuarantine(harness: Harness): Promise<void> {
  for (let i = 0; i < 1_000; i++) await sendGeneric(harness, { type: "billing.invoice_overdue", unknown: i });
}

/** Some hundred deliveries of new tickets. */
async function makeDeliveries(harness: Harness): Promise<void> {
  const requesters = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()].map((ticket) => ticket["requester_id"]);
  for (let i = 0; i < 400; i++) {
    const requesterId = String(requesters[i % requesters.length]);
    await sendZendesk(harness, ticketEvent("created", { id: 90_000_000 + i, requesterId, updatedAt: harness.clock.now() }));
  }
  await advanceUntil(harness.clock, 100, "the deliveries", async () => {
    const { items } = (await harness.request("/v1/deliveries?limit=1000")).body as { items: unknown[] };
    return items.length >= 300;
  });
}

async function withLab(acme: object, work: (harness: Harness) => Promise<void>, hasRoutes = false): Promise<void> {
  const harness = await openHarness({
    lab: { sizes: { acme } } as never,
    routes: hasRoutes,
    configure(config) {
      config.http.requestsPerMinute = 1_000_000;
    },
  });
  try {
    await work(harness);
  } finally {
    await harness.close();
  }
}

async function measure(name: string, send: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < warmUps; i++) await send();
  let longest = 0;
  let isDone = false;
  let start = threadCpuMs();
  const turn = (): void => {
    const now = threadCpuMs();
    longest = Math.max(longest, now - start);
    start = now;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  const startedAt = performance.now();
  await send();
  const ms = performance.now() - startedAt;
  isDone = true;
  console.log(`  ${name}: longest stretch ${longest.toFixed(0)} ms, request ${ms.toFixed(0)} ms`);
}

/** Processor time of this thread: other processes on the machine do not count. */
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

let fieldsCount = 0;
/** Other fields each time, so that no answer comes from memory. */
function uncached(harness: Harness, path: string): Promise<unknown> {
  fieldsCount += 1;
  return harness.request(`${path}?fields=/customer/name,/sections/x${fieldsCount}`);
}

function largestCompany({ lab }: Harness): { ref: string; people: number } {
  const { world } = lab.tenants["acme"]!;
  const counts = new Map<number, number>();
  for (const { company } of world.people) if (company !== null) counts.set(company, (counts.get(company) ?? 0) + 1);
  const [index, people] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [0, 0];
  return { ref: `salesforce.account:${world.ids.salesforce.account(index)}`, people };
}
