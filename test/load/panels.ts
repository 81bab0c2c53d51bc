import { hasChromium } from "@sidelight/test-support/browser.ts";
import { openHarness } from "../harness/harness.ts";
import { journeyBench } from "../harness/panelJourney.ts";
import { findSubject, openPanels } from "../harness/panels.ts";
import { quantiles, round } from "./measure.ts";

const rounds = 10;

/** The time from an angry ticket to its item in both open panels and to its effects on the platforms, real time. */
export async function panels(): Promise<void> {
  if (!hasChromium) return console.log("  skipped: no Chromium");
  const harness = await openHarness({ routes: true, webhooks: true });
  const isAtRisk = ({ sections: { account, product } }: Awaited<ReturnType<typeof harness.context>>["body"]): boolean =>
    (account?.data?.arr?.amount ?? 0) > 50_000 && account?.data?.owner?.kind === "user" && product?.state === "ok";
  const subject = await findSubject(harness, isAtRisk);
  const pages = await openPanels(harness, subject);
  try {
    const bench = journeyBench(harness, pages, subject);
    const times: Record<string, number[]> = {};
    for (let i = 0; i < rounds; i++) {
      const { tookMs } = await bench.run();
      for (const [name, ms] of Object.entries({ ...tookMs, all: Math.max(...Object.values(tookMs)) })) {
        times[name] ??= [];
        times[name].push(ms);
      }
      await pages.closePages();
      bench.completeTasks();
    }
    for (const [name, samples] of Object.entries(times)) {
      const p50 = round(quantiles(samples).p50, 0);
      console.log(`  ${name.padEnd(12)} p50 ${p50} ms, longest ${round(Math.max(...samples), 0)} ms (${rounds} tickets)`);
    }
  } finally {
    await pages.close();
    await harness.close();
  }
}
