import { advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { until } from "@sidelight/test-support/until.ts";
import { type Harness, openHarness } from "../../harness/harness.ts";
import type { LabTenant } from "../../lab/simulators/lab.ts";
import { pathOf } from "../check.ts";
import type { Exchange } from "../exchange.ts";
import { doEverything } from "./actions.ts";
import { openRecorder, type Recorder } from "./recorder.ts";

/** The product's requests, and the number of Salesforce requests, which have no specification. */
export interface ProductRequests {
  exchanges: Exchange[];
  salesforce: number;
}

/**
 * Runs the whole product: the first backfill and the next pulls, then a read of every kind of ref without an earlier read,
 * then every write.
 */
export async function runProduct(): Promise<ProductRequests> {
  const [filled, cold, recorderOfWrites] = [await openRecorder(), await openRecorder(), await openRecorder()];
  const counts = [await pullTwice(filled), await readCold(cold)];
  await doEverything(recorderOfWrites).finally(() => recorderOfWrites.close());
  return {
    exchanges: [filled, cold, recorderOfWrites].flatMap(({ exchanges }) => exchanges),
    salesforce: counts[0]! + counts[1]!,
  };
}

/** The requests of each pull after the first backfill. */
const pulled = [
  "/api/v2/incremental/tickets/cursor",
  "/api/v2/incremental/users/cursor",
  "/api/v2/incremental/organizations",
  "/api/v2/satisfaction_ratings",
  "/api/query/engage",
  "/api/2.0/export",
];

async function pullTwice(recorder: Recorder): Promise<number> {
  const harness = await openHarness({ configure: recorder.configure });
  try {
    const since = recorder.exchanges.length;
    await until("a second pull of everything", () => {
      harness.clock.advance(2_000);
      const paths = new Set(recorder.exchanges.slice(since).map((exchange) => pathOf(exchange.path)));
      return pulled.every((path) => paths.has(path));
    });
    return harness.requests("salesforce").length;
  } finally {
    await harness.close();
    await recorder.close();
  }
}

async function readCold(recorder: Recorder): Promise<number> {
  const harness = await openHarness({ configure: recorder.configure, pull: false });
  try {
    for (const ref of refsOf(harness.lab.tenants["acme"]!)) {
      harness.clock.advance(10_000);
      await advanceUntilSettled(harness.clock, harness.context(ref, { query: "?deadline=5000" }));
      await advanceUntilSettled(
        harness.clock,
        harness.request(`/v1/context/${encodeURIComponent(ref)}/refresh`, { method: "POST" }),
      );
    }
    await check(harness);
    return harness.requests("salesforce").length;
  } finally {
    await harness.close();
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

async function check({ runtime }: Harness): Promise<void> {
  const { connections } = runtime.tenants.get("acme")!.tenant;
  const options = { priority: "interactive", signal: AbortSignal.timeout(10_000) } as const;
  await Promise.all(connections.map(({ connector }) => connector.check(options)));
}
