import { advanceBy } from "@sidelight/test-support/advance.ts";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";
import { commentOn, ticketValue, tieredRoute, tiersAbove, type ValuedTicket, valuedTickets } from "../harness/tieredTickets.ts";
import { quantiles, round } from "./measure.ts";

const events = 250;
const hours = 1;
const everyMinutes = 15;
/** Customers that are served at once: a fifth, those of the highest value. */
const highShare = 0.2;

const accountRoute = {
  ...{ id: "account-value", on: "zendesk.ticket.comment_added", to: "salesforce", do: "set-fields" },
  when: "$exists(links.salesforce.account)",
  with: '{"object": "account", "id": links.salesforce.account, "fields": {"Sidelight_Open_Tickets__c": $number($substringAfter(event.interaction.description, "value "))}}',
};

/**
 * The calls that 250 events of an hour need, with all customers in real time and with tiers, one after the other in one run. By a
 * manual clock: it counts calls and waits, and no speed.
 */
export async function tiers(): Promise<void> {
  const threshold = await highestValues();
  const allEvents = await run("all in real time", []);
  const tieredRun = await run(
    `tiers: ${highShare * 100} % at once, others every ${everyMinutes} minutes`,
    tiersAbove(threshold, everyMinutes),
  );
  const perThousand = (calls: number): string => round((calls / events) * 1_000, 0);
  console.log(
    `  calls per 1,000 events: ${perThousand(allEvents)} → ${perThousand(tieredRun)}, ${round(allEvents / tieredRun, 1)} times fewer`,
  );
}

/** The value from which on a customer is among the highest. */
async function highestValues(): Promise<number> {
  const harness = await openHarness();
  try {
    const tickets = await valuedTickets(harness);
    return tickets[Math.floor(tickets.length * highShare)]?.arr ?? 0;
  } finally {
    await harness.close();
  }
}

/** @returns how many calls wrote to the platforms */
async function run(label: string, tierList: ConfigTree): Promise<number> {
  const harness = await openHarness({
    configure: (config: ConfigTree) => {
      config.tenants.acme.routing = { routes: [tieredRoute, accountRoute], tiers: tierList };
    },
  });
  try {
    return await measure(harness, label);
  } finally {
    await harness.close();
  }
}

async function measure(harness: Harness, label: string): Promise<number> {
  const tickets = await valuedTickets(harness);
  const since = harness.requests().length;
  const lastValues = new Map<ValuedTicket, number>();
  for (let i = 0; i < events; i++) {
    const ticket = tickets[(i * 7) % tickets.length]!;
    lastValues.set(ticket, await commentOn(harness, ticket));
    await advanceBy(harness.clock, 4_800, (hours * 3_600_000) / events);
  }
  await advanceBy(harness.clock, 10_000, everyMinutes * 60_000);
  const writes = harness
    .requests()
    .slice(since)
    .filter(({ method, path }) => method !== "GET" && !/token/.test(path));
  const { items } = (await harness.request("/v1/deliveries?state=done&limit=1000")).body;
  const delays = quantiles(
    items.map((d: { createdAt: string; settledAt: string }) => Date.parse(d.settledAt) - Date.parse(d.createdAt)),
  );
  const right = [...lastValues].filter(([ticket, value]) => ticketValue(harness, ticket) === value).length;
  console.log(
    `  ${label}: ${writes.length} writing calls; event → done p50 ${round(delays.p50 / 1_000, 0)} p95 ${round(delays.p95 / 1_000, 0)} s; ${right} of ${lastValues.size} tickets have their last value`,
  );
  return writes.length;
}
