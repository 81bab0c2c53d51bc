import { createInterface } from "node:readline";
import { runCli } from "@sidelight/context-api/cli/run.ts";
import { generic } from "@sidelight/generic/index.ts";
import { mixpanel } from "@sidelight/mixpanel/index.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { salesforce } from "@sidelight/salesforce/index.ts";
import { zendesk } from "@sidelight/zendesk/index.ts";
import { scaledClock, type TimeBase } from "./scaledClock.ts";

// The product as `sidelight` starts it, with a clock that the test controls through the standard input: "skip 60000", "step -3000".
const base = JSON.parse(process.env["SEEDS_TIME"] ?? "") as TimeBase & { skipped: number };
const clock = scaledClock(base);
clock.skip(base.skipped);
createInterface({ input: process.stdin }).on("line", (line) => {
  const [command, ms] = line.split(" ");
  if (command === "skip") clock.skip(Number(ms));
  if (command === "step") clock.step(Number(ms));
});
// Seconds of takeover, in a tenth of the time.
const coordination = { heartbeatMs: 200, electionMs: 300, idleTimeoutMs: 1_500, claimLeaseMs: 3_000 };
const load = (platform: unknown) => async () => platform as Platform;
const platforms = {
  salesforce: load(salesforce),
  zendesk: load(zendesk),
  mixpanel: load(mixpanel),
  generic: load(generic),
};
process.exitCode = await runCli(process.argv.slice(2), process.env, platforms, { clock, coordination });
// The standard input keeps the process alive.
process.exit();
