import type { LabTenant } from "../../lab/simulators/lab.ts";
import { type House, openHouse } from "../../support/house.ts";
import { passing } from "../../support/settle.ts";
import { until } from "../../support/until.ts";
import { pathOf } from "../check.ts";
import type { Exchange } from "../exchange.ts";
import { doEverything } from "./actions.ts";
import { openRecorder, type Recorder } from "./recorder.ts";

/** What the product asked, and how often it asked Salesforce, which nothing can be held against. */
export interface Asked {
  exchanges: Exchange[];
  salesforce: number;
}

/**
 * The whole product at work: the first backfill and the pulls after it, then every kind of ref asked for out of the blue, then
 * everything that it can write.
 */
export async function runProduct(): Promise<Asked> {
  const [filled, cold, written] = [await openRecorder(), await openRecorder(), await openRecorder()];
  const counts = [await pullTwice(filled), await askCold(cold)];
  await doEverything(written).finally(() => written.close());
  return { exchanges: [filled, cold, written].flatMap(({ exchanges }) => exchanges), salesforce: counts[0]! + counts[1]! };
}

/** What each pull asks for once the first backfill is over. */
const pulled = [
  "/api/v2/incremental/tickets/cursor",
  "/api/v2/incremental/users/cursor",
  "/api/v2/incremental/organizations",
  "/api/v2/satisfaction_ratings",
  "/api/query/engage",
  "/api/2.0/export",
];

async function pullTwice(recorder: Recorder): Promise<number> {
  const house = await openHouse({ configure: recorder.configure });
  try {
    const since = recorder.exchanges.length;
    await until("a second pull of everything", () => {
      house.clock.advance(2_000);
      const asked = new Set(recorder.exchanges.slice(since).map((exchange) => pathOf(exchange.path)));
      return pulled.every((path) => asked.has(path));
    });
    return house.requests("salesforce").length;
  } finally {
    await house.close();
    await recorder.close();
  }
}

async function askCold(recorder: Recorder): Promise<number> {
  const house = await openHouse({ configure: recorder.configure, pull: false });
  try {
    for (const ref of refsOf(house.lab.tenants["acme"]!)) {
      house.clock.advance(10_000);
      await passing(house.clock, house.context(ref, { query: "?deadline=5000" }));
      await passing(house.clock, house.ask(`/v1/context/${encodeURIComponent(ref)}/refresh`, { method: "POST" }));
    }
    await check(house);
    return house.requests("salesforce").length;
  } finally {
    await house.close();
    await recorder.close();
  }
}

function refsOf({ world, examples }: LabTenant): string[] {
  const { Lead, Opportunity } = world.salesforce.tables;
  return [
    ...examples.resolved,
    ...examples.none,
    `phone:${world.people.find((p) => p.phone)!.phone}`,
    `salesforce.lead:${[...Lead.values()][0]!.Id}`,
    `salesforce.opportunity:${[...Opportunity.values()][0]!.Id}`,
    "zendesk.ticket:999999",
    "zendesk.user:999999",
    "zendesk.organization:999999",
    "mixpanel.user:nobody",
  ];
}

async function check({ runtime }: House): Promise<void> {
  const { connections } = runtime.tenants.get("acme")!.tenant;
  const options = { lane: "interactive", signal: AbortSignal.timeout(10_000) } as const;
  await Promise.all(connections.map(({ connector }) => connector.check(options)));
}
