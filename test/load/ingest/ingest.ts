import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPostgres } from "@sidelight/test-support/postgres.ts";
import { stringify } from "yaml";
import { type Load, median, round } from "../measure.ts";
import { startRedis } from "../redis.ts";
import { type Hook, sendAll } from "./sender.ts";
import { sustained } from "./sustained.ts";

const rounds = Number(process.env["SIDELIGHT_BENCH_ROUNDS"] ?? 7);
const perRound = Number(process.env["SIDELIGHT_BENCH_EVENTS"] ?? 3_000);
const secret = "the webhook's secret";

/** Durable ingest on both engines against the same server without writes, and against Express with BullMQ on a Redis with appendfsync always. */
export async function ingest(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sidelight-ingest-"));
  const children: ChildProcess[] = [];
  const postgres = await startPostgres();
  const start = async (script: string, ...args: string[]): Promise<{ firstLine: string; pid: number }> => {
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", fileURLToPath(new URL(script, import.meta.url)), ...args],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    children.push(child);
    const firstLine = await new Promise<string>((resolve) =>
      child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim())),
    );
    return { firstLine, pid: child.pid! };
  };
  try {
    configure(folder);
    const startServer = async (form: string, databaseUrl?: string): Promise<Hook> => {
      const { firstLine, pid } = await start("ours.ts", form, folder, ...(databaseUrl ? [databaseUrl] : []));
      const [port, key] = firstLine.split(" ");
      const pids = databaseUrl ? [pid, postgres.pid] : [pid];
      return { url: `http://127.0.0.1:${port}/v1/webhooks/bench/zendesk/the-token`, pids, secret, key };
    };
    const durable = await startServer("durable");
    const redis = await startRedis(folder, children);
    const queue = await start("queue.ts", String(redis.port), secret);
    const hooks: Record<string, Hook> = {
      "durable, SQLite": durable,
      "durable, PostgreSQL": await startServer("durable", postgres.newDatabase()),
      "sealed, not written": await startServer("sealed"),
      "Express + BullMQ": { url: `http://127.0.0.1:${queue.firstLine}/hook`, pids: [queue.pid, redis.pid], secret },
    };
    await compare(hooks);
    await sustained(durable);
  } finally {
    for (const child of children) child.kill("SIGKILL");
    await postgres.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(hooks: Record<string, Hook>): Promise<void> {
  const results: Record<string, Load[]> = Object.fromEntries(Object.keys(hooks).map((name) => [name, []]));
  for (const hook of Object.values(hooks)) await sendAll(hook, 1_000);
  for (let turn = 0; turn < rounds; turn++) {
    for (const [name, hook] of Object.entries(hooks)) results[name]?.push(await sendAll(hook, perRound));
  }
  console.log(`  ${rounds} interleaved rounds of ${perRound} events each, 64 connections; medians`);
  const base = median(results["durable, SQLite"]!.map((l) => l.rate));
  for (const [name, loads] of Object.entries(results)) {
    const medianOf = (key: keyof Load) => median(loads.map((l) => l[key]));
    const perCpuSecond = 1_000_000 / medianOf("cpuUs");
    console.log(
      `  ${name.padEnd(20)} ${round(medianOf("rate"), 0).padStart(6)} events/s (durable on SQLite is ${round(base / medianOf("rate"))} of it)   ${round(medianOf("cpuUs"), 0).padStart(4)} µs CPU with its store, ${round(perCpuSecond, 0)} events per CPU second   p50 ${round(medianOf("p50"))} p95 ${round(medianOf("p95"))} p99 ${round(medianOf("p99"))} ms`,
    );
  }
}

function configure(folder: string): void {
  const zendesk = {
    id: "zendesk",
    platform: "zendesk",
    webhooks: [{ kind: "events", token: "token", secret: "secret", requestsPerMinute: 10_000_000 }],
    settings: { url: "http://127.0.0.1:9", auth: { clientId: "c", clientSecret: "client" } },
  };
  const config = {
    version: 1,
    http: { requestsPerMinute: 10_000_000 },
    secrets: { provider: "file", path: "secrets.json" },
    tenants: { bench: { connections: [zendesk] } },
  };
  writeFileSync(join(folder, "sidelight.yaml"), stringify(config));
  writeFileSync(join(folder, "secrets.json"), JSON.stringify({ token: "the-token", secret, client: "x" }));
}
