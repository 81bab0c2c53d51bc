import { mkdirSync } from "node:fs";
import { Agent } from "undici";
import { quantiles, round } from "../measure.ts";
import { type Bench, configure, withSink } from "./bench.ts";
import { sendEvents } from "./send.ts";
import { waitForArrivals } from "./steady.ts";

const pairs = Number(process.env["SIDELIGHT_BENCH_PAIRS"] ?? 10);
const seconds = 8;
const perSecond = 100;
const perRequest = 5;
/** Student's t distribution with nine degrees of freedom: half width of a 95 % interval, in standard errors. */
const student = 2.262;

/** Effect on one target of three others that are down, slow and refusing: pairs of runs over new stores, alternating. */
export async function isolate(): Promise<void> {
  await withSink(async (bench) => {
    const ratios: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const run = (name: string, otherPaths: string[]) => measured(bench, `${pair}-${name}`, otherPaths);
      const fine = () => run("fine", ["good", "good", "good"]);
      const unhealthy = () => run("troubled", ["dead", "slow", "refusing"]);
      // Pairs alternate their order.
      const [a, b] = pair % 2 === 0 ? [await fine(), await unhealthy()] : (await inParallel(unhealthy, fine)).reverse();
      ratios.push(b! / a!);
      console.log(
        `  pair ${pair + 1}: p95 ${round(a!, 0)} ms beside three that are fine, ${round(b!, 0)} ms beside three in trouble`,
      );
    }
    const mean = ratios.reduce((sum, r) => sum + r, 0) / pairs;
    const deviation = Math.sqrt(ratios.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (pairs - 1));
    const half = (student * deviation) / Math.sqrt(pairs);
    console.log(`  ratio ${round(mean)}, 95 % interval ${round(mean - half)} to ${round(mean + half)}`);
  });
}

async function inParallel<T>(first: () => Promise<T>, second: () => Promise<T>): Promise<T[]> {
  return [await first(), await second()];
}

/** p95 from acknowledged to delivered of the healthy target, ms. */
async function measured({ folder: above, sink, start }: Bench, name: string, otherPaths: string[]): Promise<number> {
  const folder = `${above}/${name}`;
  mkdirSync(folder);
  configure(folder, sink, ["measured", ...otherPaths]);
  const server = await start("ours.ts", "routing", folder);
  const dispatcher = new Agent({ connections: 8, pipelining: 1 });
  for (let n = 0; n < 500; n += perRequest) await sendEvents(server.firstLine, 1_000_000 + n, perRequest, dispatcher);
  await waitForArrivals(sink, 500);
  const acknowledgedAt: number[] = [];
  const since = performance.now();
  for (let sentCount = 0; sentCount < seconds * perSecond; sentCount += perRequest) {
    while (performance.now() - since < (sentCount / perSecond) * 1000) await new Promise((resolve) => setTimeout(resolve, 2));
    await sendEvents(server.firstLine, sentCount, perRequest, dispatcher);
    for (let n = sentCount; n < sentCount + perRequest; n++) acknowledgedAt[n] = Date.now();
  }
  const { arrivalTimes } = await waitForArrivals(sink, seconds * perSecond);
  await dispatcher.close();
  await server.stop();
  return quantiles(acknowledgedAt.map((ack, n) => Math.max(0, (arrivalTimes[n] ?? Number.NaN) - ack))).p95;
}
