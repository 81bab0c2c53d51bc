import { until } from "@sidelight/test-support/until.ts";
import { type ConfigTree, type Harness, openHarness } from "../../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../../harness/zendeskWebhook.ts";
import { quantiles, round } from "../measure.ts";

const seconds = Number(process.env["SIDELIGHT_BENCH_SECONDS"] ?? 60);
const perSecond = 100;
const field = 362000000122;
const value = '$number($substringAfter(event.interaction.description, "value "))';
const routes = [
  {
    ...{ id: "ticket", to: "zendesk", do: "set-ticket-fields" },
    with: `{"ticket": ref, "fields": [{"id": ${field}, "value": ${value}}]}`,
  },
  {
    ...{ id: "account", to: "salesforce", do: "set-fields", when: "$exists(links.salesforce.account)" },
    with: `{"object": "account", "id": links.salesforce.account, "fields": {"Sidelight_Open_Tickets__c": ${value}}}`,
  },
].map((route) => ({ on: "zendesk.ticket.comment_added", ...route }));

/**
 * Many changes of a few tickets and accounts, in real time, in one process with the simulators and their limits: the number of
 * calls, and whether each record has its last value at the end.
 */
export async function coalesce(): Promise<void> {
  const harness = await openHarness({
    configure: (config: ConfigTree) => {
      config.tenants.acme.routing = { routes };
    },
  });
  let last = performance.now();
  const ticking = setInterval(() => {
    const elapsedMs = Math.floor(performance.now() - last);
    harness.clock.advance(elapsedMs);
    last += elapsedMs;
  }, 5);
  try {
    await measure(harness);
  } finally {
    clearInterval(ticking);
    await harness.close();
  }
}

async function measure(harness: Harness): Promise<void> {
  const { tickets } = harness.lab.tenants["acme"]!.world.zendesk;
  const open: { id: number; requester_id: number }[] = [];
  for (const ticket of tickets.values()) {
    const { sections } = (await harness.context(`zendesk.ticket:${ticket.id}`)).body;
    // Opted-out people get no write.
    if (ticket.status !== "closed" && sections.product?.state === "ok") open.push(ticket);
  }
  const expectedValues = new Map<number, number>();
  const mark = harness.requests().length;
  const since = performance.now();
  let sentCount = 0;
  while (performance.now() - since < seconds * 1000) {
    while (sentCount < ((performance.now() - since) / 1000) * perSecond) {
      const { id, requester_id: requesterId } = open[sentCount % open.length]!;
      const text = `value ${++sentCount}`;
      expectedValues.set(id, sentCount);
      const comment = { comment: { id: String(sentCount), body: text, is_public: true } };
      await sendZendesk(harness, ticketEvent("comment_added", { id, requesterId, updatedAt: harness.clock.now() }, comment));
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const tally = async () => {
    const { items } = (await harness.request("/v1/config/routes?hours=1")).body;
    return items as { id: string; counts: { waiting: number; done: number; dead_letter: number; withheld: number } }[];
  };
  await until("every delivery to finish", async () => (await tally()).every(({ counts }) => counts.waiting === 0), 120_000);
  const writes = harness
    .requests()
    .slice(mark)
    .filter((r) => r.tenant === "acme" && r.method !== "GET");
  console.log(`  ${sentCount} events in ${seconds} s about ${open.length} tickets`);
  for (const { id, counts } of await tally()) {
    const platform = routes.find((r) => r.id === id)!.to;
    const calls = writes.filter((r) => r.platform === platform && !/token/.test(r.path)).length;
    console.log(
      `  ${id.padEnd(8)} ${counts.done} deliveries done, ${counts.dead_letter} dead-lettered, in ${calls} writing calls`,
    );
  }
  const delays = quantiles(await delaysOf(harness));
  const right = [...expectedValues].filter(([id, last]) => valueShown(tickets.get(id)!) === last).length;
  console.log(
    `  event → done p50 ${round(delays.p50, 0)} p95 ${round(delays.p95, 0)} ms; ${right} of ${expectedValues.size} tickets hold their last value`,
  );
}

const valueShown = (ticket: { custom_fields: { id: number; value: unknown }[] }): number =>
  Number(ticket.custom_fields.find((f) => f.id === field)?.value);

/** Delays of the newest thousand deliveries, ms. */
async function delaysOf(harness: Harness): Promise<number[]> {
  const { items } = (await harness.request("/v1/deliveries?state=done&limit=1000")).body;
  return items.map((d: { createdAt: string; settledAt: string }) => Date.parse(d.settledAt) - Date.parse(d.createdAt));
}
