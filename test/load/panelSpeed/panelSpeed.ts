import { createLeanClient } from "@sidelight/client/lean.ts";
import { hasChromium, launch } from "@sidelight/test-support/browser.ts";
import { buildPages } from "../../lab/launch/builds.ts";
import { type BenchLab, startLab } from "../lab.ts";
import type { Conditions } from "./observe.ts";
import { measureSalesforce } from "./salesforce.ts";
import { measureZendesk } from "./zendesk.ts";

/** A quarter of this computer's speed, and the "Slow 4G" of Lighthouse: 150 ms latency, 1.6 Mbit/s. */
export const slow: Conditions = { cpuRate: 4, latencyMs: 150, downBits: 1_600_000, upBits: 750_000 };

const samples = 10;

/** How soon both panels are useful, on a slow computer with a slow network. */
export async function panelSpeed(): Promise<void> {
  if (!hasChromium) return console.log("  skipped: no Chromium");
  await buildPages(() => {});
  const lab = await startLab();
  try {
    await measurePanels(lab, slow);
  } finally {
    await lab.stop();
  }
}

export async function measurePanels(lab: MeasuredLab, conditions: Conditions): Promise<void> {
  const { pages, examples } = lab;
  const tickets = (await ticketsOf(lab)).slice(0, samples);
  const records = examples.resolved.flatMap((ref) => /^salesforce\.\w+:(.+)$/.exec(ref)?.[1] ?? []).slice(0, samples);
  const browser = await launch();
  try {
    (await measureZendesk(browser, pages.zendesk, tickets, conditions)).print("Zendesk");
    (await measureSalesforce(browser, pages.salesforce, records, conditions)).print("Salesforce");
  } finally {
    await browser.close();
  }
}

export type MeasuredLab = Pick<BenchLab, "url" | "keys" | "pages" | "examples">;

/** One ticket of each example customer that has one. */
async function ticketsOf({ url, keys, examples }: MeasuredLab): Promise<string[]> {
  const client = createLeanClient({ baseUrl: url, apiKey: keys.agent });
  const tickets = new Map<string, string>();
  for (const ref of examples.resolved) {
    const { context } = await client.getContext(ref);
    const ticket = context.sections.support?.data?.tickets[0];
    if (ticket && context.customer) tickets.set(context.customer.id, ticket.id);
  }
  return [...tickets.values()];
}
