/** `node steadyReads.ts <port> <key> <customers> <per second> <seconds>`: reads random customers at a steady rate, prints JSON. */
import { Agent, request } from "undici";
import { quantiles } from "./measure.ts";

export interface SteadyReads {
  times: ReturnType<typeof quantiles>;
  tiers: Record<string, number>;
}

const [port = "", key = "", customerCount = "", perSecond = "", seconds = ""] = process.argv.slice(2);
const dispatcher = new Agent({ connections: 32, pipelining: 1 });
const times: number[] = [];
const tiers: Record<string, number> = {};
/** Other fields in each run and for each customer, so that memory holds no answer. */
const run = Math.floor(Math.random() * 1e9);

async function read(n: number): Promise<void> {
  const customer = Math.floor(Math.random() * Number(customerCount));
  const email = `person${customer}@company${Math.floor(customer / 10)}.test`;
  const fields = `/customer,/sections,/permissions,/asOf,/x${run}${n}`;
  const start = performance.now();
  const answer = await request(`http://127.0.0.1:${port}/v1/context/email:${email}?fields=${fields}`, {
    dispatcher,
    headers: { authorization: `Bearer ${key}` },
  });
  await answer.body.dump({ limit: 10_000_000 });
  times.push(performance.now() - start);
  const tier = answer.statusCode === 200 ? String(answer.headers["x-sidelight-tier"]) : String(answer.statusCode);
  tiers[tier] = (tiers[tier] ?? 0) + 1;
}

const count = Number(perSecond) * Number(seconds);
const startedAt = performance.now();
const reads: Promise<void>[] = [];
for (let n = 0; n < count; n++) {
  const dueMs = (n * 1000) / Number(perSecond) - (performance.now() - startedAt);
  if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
  reads.push(read(n));
}
await Promise.all(reads);
await dispatcher.close();
process.stdout.write(JSON.stringify({ times: quantiles(times), tiers } satisfies SteadyReads));
