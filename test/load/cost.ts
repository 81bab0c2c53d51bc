import { PLATFORMS } from "../lab/simulators/log.ts";
import { rng } from "../lab/world/prng.ts";
import { type House, openHouse } from "../support/house.ts";
import { until } from "../support/until.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;
const days = 30;
const tickets = 2_000;
const accounts = 300;
/** When agents open a ticket's panel, in minutes after it was created. */
const openedAfter = [1, 4, 30, 180, 1_440];

/** A month of a company with 2,000 tickets and 300 accounts at the default settings: what it costs each platform in calls. */
export async function cost(): Promise<void> {
  const house = await openHouse({
    lab: { sizes: { acme: { companies: accounts, people: 1_200, tickets: 600, opportunities: 600, activities: 900 } } },
    configure(config) {
      for (const { settings } of config.tenants.acme.connections) delete settings.pullEverySeconds;
    },
  });
  try {
    const backfill = countCalls(house, 0);
    const start = house.requests().length;
    const tiers = await month(house);
    const calls = countCalls(house, start);
    const reads = Object.values(tiers).reduce((a, b) => a + b, 0);
    console.log(`  first backfill: ${PLATFORMS.map((p) => `${p} ${backfill[p]}`).join(", ")} calls`);
    console.log(
      `  ${days} days, ${tickets} tickets, ${reads} reads: ${PLATFORMS.map((p) => `${p} ${calls[p]}`).join(", ")} calls`,
    );
    console.log(`  busiest hour of Mixpanel: ${busiestHour(house, start)} calls`);
    console.log(
      `  answered from ${Object.entries(tiers)
        .map(([tier, n]) => `${tier} ${((n / reads) * 100).toFixed(1)} %`)
        .join(", ")}`,
    );
  } finally {
    await house.close();
  }
}

function countCalls(house: House, since: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { platform } of house.requests(undefined, since)) counts[platform] = (counts[platform] ?? 0) + 1;
  return counts;
}

function busiestHour(house: House, since: number): number {
  const hours = new Map<number, number>();
  for (const { platform, at } of house.requests(undefined, since)) {
    if (platform !== "mixpanel") continue;
    const hour = Math.floor(Date.parse(at) / 3_600_000);
    hours.set(hour, (hours.get(hour) ?? 0) + 1);
  }
  return Math.max(0, ...hours.values());
}

/** Lets the month pass minute by minute. @returns how many reads each tier answered */
async function month(house: House): Promise<Record<string, number>> {
  const r = rng(7);
  const begin = house.clock.now();
  const plan = new Map<number, (() => Promise<void>)[]>();
  const tiers: Record<string, number> = {};
  const at = (minute: number, work: () => Promise<void>) => plan.set(minute, [...(plan.get(minute) ?? []), work]);
  const read = async (ref: string): Promise<void> => {
    const answer = await house.context(ref, { role: "agent" });
    const tier = answer.tier ?? "none";
    tiers[tier] = (tiers[tier] ?? 0) + 1;
  };
  for (let i = 0; i < tickets; i++) {
    const minute = workingMinute(begin, r.next());
    at(minute, async () => {
      const ref = await createTicket(house, i);
      for (const later of openedAfter) at(minute + later, () => read(ref));
    });
  }
  const refs = house.lab.tenants["acme"]!.world.companies.map((c) =>
    house.lab.tenants["acme"]!.world.ids.salesforce.account(c.index),
  );
  for (let day = 0; day < days; day++) {
    for (const id of refs) {
      const minute = day * 1_440 + Math.floor(r.next() * 600) + 480;
      if (isWorkday(begin + minute * minuteMs)) at(minute, () => read(`salesforce.account:${id}`));
    }
  }
  const loops = [...house.runtime.tenants.values()].flatMap(({ tenant }) =>
    tenant.connections.flatMap((c) => c.connector.streams),
  ).length;
  for (let minute = 0; minute < days * 1_440; minute++) {
    house.clock.advance(minuteMs);
    await idle(house, loops);
    for (const work of plan.get(minute) ?? []) await work();
  }
  return tiers;
}

/** A minute of the month between eight and six on a workday, for a share from 0 to 1. */
function workingMinute(begin: number, share: number): number {
  const workdays = Array.from({ length: days - 1 }, (_, d) => d).filter((d) => isWorkday(begin + d * dayMs));
  const place = share * workdays.length;
  const day = workdays[Math.floor(place)] ?? 0;
  return day * 1_440 + 480 + Math.floor((place % 1) * 600);
}

const isWorkday = (ms: number): boolean => ![0, 6].includes(new Date(ms).getUTCDay());

/** Until every pull sleeps again. */
async function idle(house: House, loops: number): Promise<void> {
  if (house.clock.sleepers >= loops) return;
  await until("the pulls to rest", () => {
    if (house.clock.sleepers < loops) house.clock.advance(5);
    return house.clock.sleepers >= loops;
  });
}

async function createTicket(house: House, seed: number): Promise<string> {
  const response = await fetch(`${house.lab.control.url}/happen`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ kind: "ticket_created", tenant: "acme", seed }),
  });
  const { refs } = (await response.json()) as { refs: string[] };
  return refs[0]!;
}
