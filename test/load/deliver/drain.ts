import type { ChildProcess } from "node:child_process";
import { Agent } from "undici";
import { median, round } from "../measure.ts";
import { startRedis } from "../redis.ts";
import type { Bench } from "./bench.ts";
import { sendEvents } from "./send.ts";
import { waitForArrivals } from "./steady.ts";

const rounds = 3;
const count = 20_000;
const n8nPublished = 220;

/** Throughput of a backlog: events received while no route existed, against jobs queued in BullMQ, alternating. */
export async function drain(bench: Bench): Promise<void> {
  const rates: Record<string, number[]> = { ours: [], "BullMQ, each job posted": [], "BullMQ, jobs that do nothing": [] };
  const children: ChildProcess[] = [];
  try {
    const redis = await startRedis(bench.folder, children);
    const bull = async (...args: string[]) =>
      Number((await bench.start("bull.ts", String(redis.port), String(count), ...args)).firstLine);
    for (let turn = 0; turn < rounds; turn++) {
      rates["ours"]?.push(await ours(bench, 2_000_000 + turn * count));
      rates["BullMQ, each job posted"]?.push(await bull(`${bench.sink}/post`));
      rates["BullMQ, jobs that do nothing"]?.push(await bull());
      await waitForArrivals(bench.sink, Number.POSITIVE_INFINITY);
    }
  } finally {
    for (const child of children) child.kill("SIGKILL");
  }
  console.log(`  a backlog of ${count}, ${rounds} interleaved rounds; medians`);
  for (const [name, samples] of Object.entries(rates)) {
    const rate = median(samples);
    console.log(
      `  ${name.padEnd(28)} ${round(rate, 0).padStart(6)} a second   ${round(rate / n8nPublished, 1)} times n8n's published ${n8nPublished}`,
    );
  }
}

/** Measured from the start of the process, so that start-up counts too. */
async function ours({ folder, sink, start }: Bench, from: number): Promise<number> {
  const idle = await start("ours.ts", "idle", folder);
  const dispatcher = new Agent({ connections: 16, pipelining: 1 });
  for (let n = 0; n < count; n += 1_000) {
    const batch = Array.from({ length: 10 }, (_, i) => sendEvents(idle.firstLine, from + n + i * 100, 100, dispatcher));
    await Promise.all(batch);
  }
  await dispatcher.close();
  await idle.stop();
  const began = Date.now();
  const routing = await start("ours.ts", "routing", folder);
  const { arrivalTimes } = await waitForArrivals(sink, count);
  await routing.stop();
  const last = arrivalTimes.reduce<number>((latest, time) => Math.max(latest, time ?? 0), 0);
  return count / ((last - began) / 1000);
}
