import { findConsumerOffset } from "@sidelight/context-api/store/tables/consumerOffsets.ts";
import { advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import type { Harness } from "./harness.ts";

/** A longer step could pass the deadline of work that starts during it. */
const maxStepMs = 5_000;
const quietSteps = 4;

/**
 * Advances the clock until no webhook, unrouted event or delivery is pending in this tenant.
 * @param stepMs a step on the clock while there is work. Steps are longer while deliveries only wait for their next attempt.
 */
export async function settleWork(harness: Harness, tenantName: string, stepMs: number): Promise<void> {
  const { tenant, ingest } = harness.runtime.tenants.get(tenantName)!;
  const { clock } = harness;
  let quiet = 0;
  await advanceUntil(clock, stepMs, "all work to be done", async () => {
    await advanceUntilSettled(clock, ingest.followUps.settled(), 50);
    const isRouted = ((await findConsumerOffset(tenant.log.store, "routing")) ?? 0) >= tenant.log.head();
    const { items } = (await harness.request("/v1/deliveries?limit=100&state=waiting", { tenant: tenantName })).body;
    if (harness.senders!.waiting().length > 0 || !isRouted) {
      quiet = 0;
      return false;
    }
    if (items.length > 0) {
      quiet = 0;
      const next = Math.min(
        ...items.map(({ nextAttemptAt }: { nextAttemptAt: string | null }) => Date.parse(nextAttemptAt ?? "")),
      );
      const untilNext = next - clock.now() - stepMs;
      if (untilNext > 0) clock.advance(Math.min(untilNext, maxStepMs));
      return false;
    }
    quiet++;
    return quiet >= quietSteps;
  });
}
