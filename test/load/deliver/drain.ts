import type { ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { startPostgres } from "@sidelight/test-support/postgres.ts";
import { Agent } from "undici";
import { cpuTreeMs, median, round } from "../measure.ts";
import { startRedis } from "../redis.ts";
import { type Bench, configure } from "./bench.ts";
import { sendEvents } from "./send.ts";
import { waitForArrivals } from "./steady.ts";

const rounds = Number(process.env["SIDELIGHT_BENCH_ROUNDS"] ?? 3);
const count = Number(process.env["SIDELIGHT_BENCH_EVENTS"] ?? 20_000);
const n8nPublished = 220;

/** One measured drain of a backlog. */
interface Drain {
  /** Deliveries a second. */
  rate: number;
  /** The same from the first delivery on, without the start of the process. */
  rateOnceStarted: number;
  /** Processor time per delivery of the server and the process of its store, microseconds. */
  cpuUs: number;
}

/** Our process over one engine. */
interface Ours {
  folder: string;
  databaseUrl: string[];
  storePid: number | null;
  /** Number of the next event. */
  next: number;
}

/** Throughput of a backlog: events received while no route existed, against jobs queued in BullMQ, alternating. */
export async function drain(bench: Bench): Promise<void> {
  const drains: Record<string, Drain[]> = {
    "Sidelight on SQLite": [],
    "Sidelight on PostgreSQL": [],
    "BullMQ, each job posted": [],
    "BullMQ, jobs that do nothing": [],
  };
  const children: ChildProcess[] = [];
  const postgres = await startPostgres();
  try {
    const redis = await startRedis(bench.folder, children);
    const bull = async (...args: string[]): Promise<Drain> => {
      const { firstLine } = await bench.start("bull.ts", String(redis.port), String(redis.pid), String(count), ...args);
      const [rate, cpuUs] = firstLine.split(" ").map(Number);
      return { rate: rate ?? Number.NaN, rateOnceStarted: rate ?? Number.NaN, cpuUs: cpuUs ?? Number.NaN };
    };
    const onSqlite = await open(bench, { name: "sqlite", databaseUrl: [], storePid: null, next: 2_000_000 });
    const onPostgres = await open(bench, {
      name: "postgres",
      databaseUrl: [postgres.newDatabase()],
      storePid: postgres.pid,
      next: 3_000_000,
    });
    for (let turn = 0; turn < rounds; turn++) {
      drains["Sidelight on SQLite"]?.push(await drained(bench, onSqlite));
      drains["Sidelight on PostgreSQL"]?.push(await drained(bench, onPostgres));
      drains["BullMQ, each job posted"]?.push(await bull(`${bench.sink}/post`));
      drains["BullMQ, jobs that do nothing"]?.push(await bull());
      await waitForArrivals(bench.sink, Number.POSITIVE_INFINITY);
    }
  } finally {
    for (const child of children) child.kill("SIGKILL");
    await postgres.close();
  }
  console.log(`  a backlog of ${count}, ${rounds} interleaved rounds; medians`);
  for (const [name, samples] of Object.entries(drains)) {
    const rate = median(samples.map((sample) => sample.rate));
    const rateOnceStarted = median(samples.map((sample) => sample.rateOnceStarted));
    const cpuUs = median(samples.map((sample) => sample.cpuUs));
    console.log(
      `  ${name.padEnd(28)} ${round(rate, 0).padStart(6)} a second   ${round(rateOnceStarted, 0).padStart(6)} from the first delivery on   ${round(cpuUs, 0).padStart(4)} µs CPU with its store   ${round(rate / n8nPublished, 1)} times n8n's published ${n8nPublished}`,
    );
  }
}

/** A new store whose router has started: it reads the log from there. */
async function open(bench: Bench, { name, ...ours }: Omit<Ours, "folder"> & { name: string }): Promise<Ours> {
  const folder = `${bench.folder}/drain-${name}`;
  mkdirSync(folder);
  configure(folder, bench.sink);
  const routing = await bench.start("ours.ts", "routing", folder, ...ours.databaseUrl);
  await sendEvents(routing.firstLine, ours.next, 1);
  await waitForArrivals(bench.sink, 1);
  await routing.stop();
  return { ...ours, folder, next: ours.next + 1 };
}

/** Measured from the start of the process, so that start-up counts too, and from the first delivery. */
async function drained({ sink, start }: Bench, ours: Ours): Promise<Drain> {
  const { folder, databaseUrl, storePid } = ours;
  const idle = await start("ours.ts", "idle", folder, ...databaseUrl);
  const dispatcher = new Agent({ connections: 16, pipelining: 1 });
  for (let n = 0; n < count; n += 1_000) {
    const batch = Array.from({ length: 10 }, (_, i) => sendEvents(idle.firstLine, ours.next + n + i * 100, 100, dispatcher));
    await Promise.all(batch);
  }
  ours.next += count;
  await dispatcher.close();
  await idle.stop();
  const storeMs = () => (storePid === null ? 0 : cpuTreeMs(storePid));
  const [began, startMs] = [Date.now(), storeMs()];
  const routing = await start("ours.ts", "routing", folder, ...databaseUrl);
  const { arrivalTimes } = await waitForArrivals(sink, count);
  const cpuUs = ((cpuTreeMs(routing.pid) + storeMs() - startMs) * 1000) / count;
  await routing.stop();
  const times = arrivalTimes.filter((time) => time !== null);
  const first = times.reduce((earliest, time) => Math.min(earliest, time));
  const last = times.reduce((latest, time) => Math.max(latest, time));
  const firstCount = times.filter((time) => time === first).length;
  const rateOnceStarted = (count - firstCount) / ((last - first) / 1000);
  return { rate: count / ((last - began) / 1000), rateOnceStarted, cpuUs };
}
