/** BullMQ's worker over a Redis with appendfsync always: throughput of queued jobs. */
import { Queue, Worker } from "bullmq";
import { Agent, request } from "undici";
import { cpuMs } from "../measure.ts";

const [redisPort, redisPid, count, sink = ""] = process.argv.slice(2);
const connection = { host: "127.0.0.1", port: Number(redisPort) };
const queue = new Queue("deliveries", { connection });
const total = Number(count);
for (let n = 0; n < total; n += 1_000) {
  const jobs = Array.from({ length: Math.min(1_000, total - n) }, (_, i) => ({
    name: "deliver",
    data: { n: n + i, user: `user-${n % 2_000}`, amount: n },
    opts: { removeOnComplete: true },
  }));
  await queue.addBulk(jobs);
}
const dispatcher = new Agent({ connections: 64, pipelining: 1 });
let doneCount = 0;
const usedMs = () => cpuMs(process.pid) + cpuMs(Number(redisPid));
const [startedAt, startedMs] = [performance.now(), usedMs()];
const worker = new Worker("deliveries", deliver, { connection, concurrency: 64 });
await new Promise<void>((resolve) => worker.on("completed", () => void (++doneCount === total && resolve())));
const seconds = (performance.now() - startedAt) / 1000;
process.stdout.write(`${total / seconds} ${((usedMs() - startedMs) * 1000) / total}\n`);
process.exit(0);

/** Without a sink the jobs do nothing. */
async function deliver(job: { data: object }): Promise<void> {
  if (sink === "") return;
  const answer = await request(sink, { method: "POST", body: JSON.stringify(job.data), dispatcher });
  await answer.body.dump();
}
