import { advanceBy } from "@sidelight/test-support/advance.ts";
import { afterEach, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

const minuteMs = 60_000;

let harness: Harness;
afterEach(() => harness.close());

async function open(webhooks: boolean): Promise<void> {
  harness = await openHarness({
    webhooks,
    configure(config) {
      for (const { platform, settings } of config.tenants.acme.connections)
        if (platform === "zendesk") settings.pullEverySeconds = 60;
    },
  });
}
const advance = (ms: number): Promise<void> => advanceBy(harness.clock, 5_000, ms);
const ticketPulls = (since: number): number =>
  harness
    .requests("zendesk", since)
    .filter(({ tenant, path }) => tenant === "acme" && path.startsWith("/api/v2/incremental/tickets")).length;

async function pullsInTwentyMinutes(): Promise<number> {
  harness.lab.runScenario({ kind: "ticket_created", tenant: "acme", seed: 3 });
  await advance(5 * minuteMs);
  const since = harness.requests("zendesk").length;
  await advance(20 * minuteMs);
  return ticketPulls(since);
}

describe("a stream whose changes webhooks bring", () => {
  it("is pulled less often while the webhooks work", async () => {
    await open(true);
    const pulls = await pullsInTwentyMinutes();
    // Half as often at least: no webhook reports the ratings that tickets bring.
    expect(pulls).toBeGreaterThanOrEqual(9);
    expect(pulls).toBeLessThanOrEqual(11);
    // Nothing gets stale for it.
    const ref = harness.lab.tenants["acme"]!.examples.resolved[0]!;
    expect((await harness.context(ref)).body.sections.support!.state).toBe("ok");
  });

  it("is pulled as often as the platform's interval without webhooks", async () => {
    await open(false);
    expect(await pullsInTwentyMinutes()).toBeGreaterThanOrEqual(18);
  });
});
