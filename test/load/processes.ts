import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "@sidelight/test-support/until.ts";
import { Agent, request } from "undici";
import { type Cluster, type Member, openCluster, retitled } from "../harness/processes.ts";
import { cpuTreeMs, quantiles, round } from "./measure.ts";
import { startRedis } from "./redis.ts";

const reads = 40_000;
const events = 3_000;
const connections = 32;
/** After one to warm up. */
const turns = 3;

interface Result {
  rate: number;
  /** Of all processes of the product, and of PostgreSQL and Redis, per request. */
  ownUs: number;
  storesUs: number;
  p50: number;
  p95: number;
}

/** The same load on one, two and four processes that share one PostgreSQL and one Redis. Requests go to the processes in turn. */
export async function processes(): Promise<void> {
  for (const count of [1, 2, 4]) {
    const folder = mkdtempSync(join(tmpdir(), "sidelight-processes-"));
    const children: ChildProcess[] = [];
    try {
      const redis = await startRedis(folder, children);
      const cluster = await openCluster({ SIDELIGHT_REDIS_URL: `redis://127.0.0.1:${redis.port}` });
      try {
        await measure(cluster, count, redis.pid);
      } finally {
        await cluster.close();
      }
    } finally {
      for (const child of children) child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

async function measure(cluster: Cluster, count: number, redisPid: number): Promise<void> {
  const members = [await cluster.start()];
  members.push(...(await Promise.all(Array.from({ length: count - 1 }, () => cluster.start()))));
  for (const member of members) await until("the first backfill", async () => (await member.get("/readyz")).status === 200);
  const refs = cluster.tickets.slice(0, 20).map(({ id }) => encodeURIComponent(`zendesk.ticket:${id}`));
  const stores = [cluster.database.pid, redisPid];
  const dispatcher = new Agent({ connections, pipelining: 1 });
  const read = async (n: number): Promise<void> => {
    const member = memberFor(members, n);
    const ref = refs[Math.floor(n / count) % refs.length];
    const headers = { authorization: `Bearer ${member.key()}` };
    const answer = await request(`${member.url}/v1/context/${ref}`, { dispatcher, headers });
    await answer.body.dump({ limit: 10_000_000 });
    if (answer.statusCode !== 200) throw new Error(`a read was answered with ${answer.statusCode}`);
  };
  const send = async (n: number): Promise<void> => {
    const ticket = cluster.tickets[n % cluster.tickets.length]!;
    const { status } = await memberFor(members, n).send(retitled(ticket, `Subject ${n}`));
    if (status !== 200) throw new Error(`a webhook was answered with ${status}`);
  };
  const readResults: Result[] = [];
  const sendResults: Result[] = [];
  // Reads first: what follows from the events is still computed when they are acknowledged.
  for (let turn = 0; turn <= turns; turn++) readResults.push(await load(members, stores, reads, read));
  for (let turn = 0; turn <= turns; turn++) sendResults.push(await load(members, stores, events, send));
  await dispatcher.close();
  print(count, "reads from memory", readResults.slice(1));
  print(count, "events, durable", sendResults.slice(1));
}

const memberFor = (members: readonly Member[], n: number): Member => members[n % members.length]!;

async function load(
  members: readonly Member[],
  stores: readonly number[],
  count: number,
  send: (n: number) => Promise<void>,
): Promise<Result> {
  const own = members.map(({ process }) => process.child.pid!);
  const cpuOf = (pids: readonly number[]) => pids.reduce((sum, pid) => sum + cpuTreeMs(pid), 0);
  const times: number[] = [];
  let next = 0;
  const [ownMs, storesMs, start] = [cpuOf(own), cpuOf(stores), performance.now()];
  const worker = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) {
      const sentAt = performance.now();
      await send(n);
      times.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - start) / 1000;
  const perRequestUs = (ms: number) => (ms * 1000) / count;
  const { p50, p95 } = quantiles(times);
  return {
    rate: count / seconds,
    ownUs: perRequestUs(cpuOf(own) - ownMs),
    storesUs: perRequestUs(cpuOf(stores) - storesMs),
    p50,
    p95,
  };
}

function print(count: number, name: string, results: Result[]): void {
  const medianOf = (key: keyof Result) => quantiles(results.map((result) => result[key])).p50;
  console.log(
    `  ${count} process${count === 1 ? " " : "es"} ${name.padEnd(18)} ${round(medianOf("rate"), 0).padStart(6)}/s   ${round(medianOf("ownUs"), 1).padStart(7)} µs CPU, stores ${round(medianOf("storesUs"), 1).padStart(6)} µs   p50 ${round(medianOf("p50"))} p95 ${round(medianOf("p95"))} ms`,
  );
}
