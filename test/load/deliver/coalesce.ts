import { type ConfigTree, type House, openHouse } from "../../support/house.ts";
import { until } from "../../support/until.ts";
import { sendZendesk, ticketEvent } from "../../support/zendeskHook.ts";
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
 * Many changes of few tickets and accounts, in real time and in one process with the simulators and their limits: how many calls
 * they become, and whether each ends at its last value.
 */
export async function coalesce(): Promise<void> {
  const house = await openHouse({
    configure: (config: ConfigTree) => {
      config.tenants.acme.routing = { routes };
    },
  });
  let last = performance.now();
  const ticking = setInterval(() => {
    const passed = Math.floor(performance.now() - last);
    house.clock.advance(passed);
    last += passed;
  }, 5);
  try {
    await measure(house);
  } finally {
    clearInterval(ticking);
    await house.close();
  }
}

async function measure(house: House): Promise<void> {
  const { tickets } = house.lab.tenants["acme"]!.world.zendesk;
  const open: { id: number; requester_id: number }[] = [];
  for (const ticket of tickets.values()) {
    const { sections } = (await house.context(`zendesk.ticket:${ticket.id}`)).body;
    // Nothing is written for those who have declined.
    if (ticket.status !== "closed" && sections.product?.state === "ok") open.push(ticket);
  }
  const wanted = new Map<number, number>();
  const mark = house.requests().length;
  const since = performance.now();
  let sent = 0;
  while (performance.now() - since < seconds * 1000) {
    while (sent < ((performance.now() - since) / 1000) * perSecond) {
      const { id, requester_id: requesterId } = open[sent % open.length]!;
      const text = `value ${++sent}`;
      wanted.set(id, sent);
      const comment = { comment: { id: String(sent), body: text, is_public: true } };
      await sendZendesk(house, ticketEvent("comment_added", { id, requesterId, updatedAt: house.clock.now() }, comment));
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const tally = async () => {
    const { items } = (await house.ask("/v1/config/routes?hours=1")).body;
    return items as { id: string; counts: { waiting: number; done: number; dead: number; withheld: number } }[];
  };
  await until("all of them", async () => (await tally()).every(({ counts }) => counts.waiting === 0), 120_000);
  const after = house
    .requests()
    .slice(mark)
    .filter((r) => r.tenant === "acme" && r.method !== "GET");
  console.log(`  ${sent} events in ${seconds} s about ${open.length} tickets`);
  for (const { id, counts } of await tally()) {
    const platform = routes.find((r) => r.id === id)!.to;
    const calls = after.filter((r) => r.platform === platform && !/token/.test(r.path)).length;
    console.log(`  ${id.padEnd(8)} ${counts.done} deliveries done, ${counts.dead} given up, in ${calls} writing calls`);
  }
  const delays = quantiles(await delaysOf(house));
  const right = [...wanted].filter(([id, last]) => shown(tickets.get(id)!) === last).length;
  console.log(
    `  event → done p50 ${round(delays.p50, 0)} p95 ${round(delays.p95, 0)} ms; ${right} of ${wanted.size} tickets hold their last value`,
  );
}

const shown = (ticket: { custom_fields: { id: number; value: unknown }[] }): number =>
  Number(ticket.custom_fields.find((f) => f.id === field)?.value);

/** Of the newest thousand. */
async function delaysOf(house: House): Promise<number[]> {
  const { items } = (await house.ask("/v1/deliveries?state=done&limit=1000")).body;
  return items.map((d: { createdAt: string; settledAt: string }) => Date.parse(d.settledAt) - Date.parse(d.createdAt));
}
