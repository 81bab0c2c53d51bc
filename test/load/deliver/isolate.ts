import { mkdirSync } from "node:fs";
import { Agent } from "undici";
import { quantiles, round } from "../measure.ts";
import { type Bench, configure, withSink } from "./deliver.ts";
import { sendEvents } from "./send.ts";
import { seen } from "./steady.ts";

const pairs = Number(process.env["SIDELIGHT_BENCH_PAIRS"] ?? 10);
const seconds = 8;
const perSecond = 100;
const perRequest = 5;
/** Of Student's distribution with nine degrees of freedom: the half width of a 95 % interval, in standard errors. */
const student = 2.262;

/** What one target feels of three others that are dead, slow and refusing: pairs of runs over new stores, by turns. */
export async function isolate(): Promise<void> {
  await withSink(async (bench) => {
    const ratios: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const run = (name: string, others: string[]) => measured(bench, `${pair}-${name}`, others);
      const fine = () => run("fine", ["good", "good", "good"]);
      const troubled = () => run("troubled", ["dead", "slow", "refusing"]);
      // Whoever goes first in a pair changes.
      const [a, b] = pair % 2 === 0 ? [await fine(), await troubled()] : (await both(troubled, fine)).reverse();
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

async function both<T>(first: () => Promise<T>, second: () => Promise<T>): Promise<T[]> {
  return [await first(), await second()];
}

/** p95 from acknowledged to delivered of the target that is fine, ms. */
async function measured({ folder: above, sink, start }: Bench, name: string, others: string[]): Promise<number> {
  const folder = `${above}/${name}`;
  mkdirSync(folder);
  configure(folder, sink, ["measured", ...others]);
  const ours = await start("ours.ts", "routing", folder);
  const dispatcher = new Agent({ connections: 8, pipelining: 1 });
  for (let n = 0; n < 500; n += perRequest) await sendEvents(ours.said, 1_000_000 + n, perRequest, dispatcher);
  await seen(sink, 500);
  const acknowledged: number[] = [];
  const since = performance.now();
  for (let sent = 0; sent < seconds * perSecond; sent += perRequest) {
    while (performance.now() - since < (sent / perSecond) * 1000) await new Promise((resolve) => setTimeout(resolve, 2));
    await sendEvents(ours.said, sent, perRequest, dispatcher);
    for (let n = sent; n < sent + perRequest; n++) acknowledged[n] = Date.now();
  }
  const { at } = await seen(sink, seconds * perSecond);
  await dispatcher.close();
  await ours.stop();
  return quantiles(acknowledged.map((ack, n) => Math.max(0, (at[n] ?? Number.NaN) - ack))).p95;
}
