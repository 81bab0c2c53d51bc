import { idle } from "@sidelight/test-support/advance.ts";
import { type Harness, type HarnessOptions, openHarness } from "../harness/harness.ts";
import { type LoggedRequest, PLATFORMS, type Platform } from "../lab/simulators/log.ts";
import { rng } from "../lab/world/prng.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** A week has the same mixture of days, and takes a quarter of the time. */
const days = Number(process.env["SIDELIGHT_BENCH_DAYS"] ?? 30);
const inProportion = (perMonth: number): number => Math.round((perMonth * days) / 30);
const tickets = inProportion(2_000);
const accounts = 300;
/** Minutes after creation at which agents open a ticket's panel. */
const openedAfter = [1, 4, 30, 180, 1_440];

/** Other events of the month, spread over the working hours. */
const events = Object.fromEntries(
  Object.entries({ ticket_solved: 1_800, lead_created: 120, deal_won: 30, owner_changed: 20, onboarding_completed: 60 }).map(
    ([kind, perMonth]) => [kind, inProportion(perMonth)],
  ),
);

/**
 * API calls per platform of one month: a company with 2,000 tickets and 300 accounts at the default settings. Once with pulls only,
 * and once with the webhooks of all platforms and the default routes, which write to the platforms.
 */
export async function cost(): Promise<void> {
  console.log("  pulls only");
  await measure({});
  console.log("  with webhooks and default routes");
  await measure({ webhooks: true, routes: true });
}

async function measure(options: Pick<HarnessOptions, "webhooks" | "routes">): Promise<void> {
  const harness = await openHarness({
    ...options,
    lab: { sizes: { acme: { companies: accounts, people: 1_200, tickets: 600, opportunities: 600, activities: 900 } } },
    configure(config) {
      for (const { settings } of config.tenants.acme.connections) delete settings.pullEverySeconds;
    },
  });
  try {
    const backfill = countCalls(harness, 0);
    const start = harness.requests().length;
    const tiers = await month(harness);
    const calls = countCalls(harness, start);
    const reads = Object.values(tiers).reduce((a, b) => a + b, 0);
    console.log(`  first backfill: ${PLATFORMS.map((p) => `${p} ${backfill[p]}`).join(", ")} calls`);
    console.log(
      `  ${days} days, ${tickets} tickets, ${reads} reads: ${PLATFORMS.map((p) => `${p} ${calls[p]}`).join(", ")} calls`,
    );
    for (const platform of PLATFORMS) console.log(`    ${platform}: ${topRoutes(harness, platform, start)}`);
    console.log(`  busiest hour of Mixpanel: ${busiestHour(harness, start)} calls`);
    console.log(
      `  served from ${Object.entries(tiers)
        .map(([tier, n]) => `${tier} ${((n / reads) * 100).toFixed(1)} %`)
        .join(", ")}`,
    );
  } finally {
    await harness.close();
  }
}

function countCalls(harness: Harness, since: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { platform } of harness.requests(undefined, since)) counts[platform] = (counts[platform] ?? 0) + 1;
  return counts;
}

const maxRoutes = 5;

/** The routes of a platform that cost most, with their calls. */
function topRoutes(harness: Harness, platform: Platform, since: number): string {
  const counts = new Map<string, number>();
  for (const request of harness.requests(undefined, since)) {
    if (request.platform !== platform) continue;
    const route = routeOf(request);
    counts.set(route, (counts.get(route) ?? 0) + 1);
  }
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a).slice(0, maxRoutes);
  return sorted.map(([route, calls]) => `${route} ${calls}`).join(", ");
}

/** Method and path without ids; of a query the object it reads. */
function routeOf({ method, path }: LoggedRequest): string {
  const [pathname = "", query = ""] = path.split("?");
  const object = /\bFROM (\w+)/i.exec(new URLSearchParams(query).get("q") ?? "")?.[1];
  const route = pathname.replaceAll(/\/(?:\d+|[a-zA-Z0-9]{18}|[\w-]{40,})(?=[/.]|$)/g, "/{id}");
  return `${method} ${route}${object ? ` ${object}` : ""}`;
}

function busiestHour(harness: Harness, since: number): number {
  const hours = new Map<number, number>();
  for (const { platform, at } of harness.requests(undefined, since)) {
    if (platform !== "mixpanel") continue;
    const hour = Math.floor(Date.parse(at) / 3_600_000);
    hours.set(hour, (hours.get(hour) ?? 0) + 1);
  }
  return Math.max(0, ...hours.values());
}

/** Simulates the month minute by minute. @returns the number of reads per tier */
async function month(harness: Harness): Promise<Record<string, number>> {
  const r = rng(7);
  const begin = harness.clock.now();
  const plan = new Map<number, (() => Promise<void>)[]>();
  const tiers: Record<string, number> = {};
  const schedule = (minute: number, work: () => Promise<void>) => plan.set(minute, [...(plan.get(minute) ?? []), work]);
  const readContext = async (ref: string): Promise<void> => {
    const answer = await harness.context(ref, { role: "agent" });
    const tier = answer.tier ?? "none";
    tiers[tier] = (tiers[tier] ?? 0) + 1;
  };
  for (let i = 0; i < tickets; i++) {
    const minute = workingMinute(begin, r.next());
    schedule(minute, async () => {
      const ref = await happen(harness, "ticket_created", i);
      for (const minutes of openedAfter) schedule(minute + minutes, () => readContext(ref));
    });
  }
  for (const [kind, count] of Object.entries(events))
    for (let i = 0; i < count; i++) schedule(workingMinute(begin, r.next()), async () => void (await happen(harness, kind, i)));
  const refs = harness.lab.tenants["acme"]!.world.companies.map((c) =>
    harness.lab.tenants["acme"]!.world.ids.salesforce.account(c.index),
  );
  for (let day = 0; day < days; day++) {
    for (const id of refs) {
      const minute = day * 1_440 + Math.floor(r.next() * 600) + 480;
      if (isWorkday(begin + minute * minuteMs)) schedule(minute, () => readContext(`salesforce.account:${id}`));
    }
  }
  for (let minute = 0; minute < days * 1_440; minute++) {
    harness.clock.advance(minuteMs);
    await idle(harness.clock);
    const work = plan.get(minute) ?? [];
    for (const perform of work) await perform();
    if (work.length > 0) await idle(harness.clock);
  }
  return tiers;
}

/** A minute of the month between 8:00 and 18:00 on a workday, for a share from 0 to 1. */
function workingMinute(begin: number, share: number): number {
  const workdays = Array.from({ length: days }, (_, d) => d).filter((d) => isWorkday(begin + d * dayMs));
  const place = share * workdays.length;
  const day = workdays[Math.floor(place)] ?? 0;
  return day * 1_440 + 480 + Math.floor((place % 1) * 600);
}

const isWorkday = (ms: number): boolean => ![0, 6].includes(new Date(ms).getUTCDay());

/** Lets something happen in the simulated world. @returns the ref of its object; empty when it has none */
async function happen(harness: Harness, kind: string, seed: number): Promise<string> {
  const response = await fetch(`${harness.lab.control.url}/happen`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ kind, tenant: "acme", seed }),
  });
  // A ticket can only be solved while one is open.
  if (!response.ok) return "";
  const { refs } = (await response.json()) as { refs: string[] };
  return refs[0] ?? "";
}
