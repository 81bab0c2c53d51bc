import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { type Load, median, round } from "../measure.ts";
import { startRedis } from "../redis.ts";
import { type Hook, sendAll } from "./sender.ts";
import { sustained } from "./sustained.ts";

const rounds = 7;
const perRound = 3_000;
const secret = "the webhook's secret";

/** Durable ingest against the same server without the writing, and against Express with BullMQ on a Redis that syncs always. */
export async function ingest(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sidelight-ingest-"));
  const children: ChildProcess[] = [];
  const start = async (script: string, ...args: string[]): Promise<{ said: string; pid: number }> => {
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", fileURLToPath(new URL(script, import.meta.url)), ...args],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    children.push(child);
    const said = await new Promise<string>((resolve) =>
      child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim())),
    );
    return { said, pid: child.pid! };
  };
  try {
    configure(folder);
    const ours = async (form: string): Promise<Hook> => {
      const { said, pid } = await start("ours.ts", form, folder);
      const [port, key] = said.split(" ");
      return { url: `http://127.0.0.1:${port}/v1/webhooks/bench/zendesk/the-token`, pids: [pid], secret, key };
    };
    const durable = await ours("durable");
    const redis = await startRedis(folder, children);
    const queue = await start("queue.ts", String(redis.port), secret);
    const hooks: Record<string, Hook> = {
      durable,
      "sealed, not written": await ours("sealed"),
      "Express + BullMQ": { url: `http://127.0.0.1:${queue.said}/hook`, pids: [queue.pid, redis.pid], secret },
    };
    await compare(hooks);
    await sustained(durable);
  } finally {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(hooks: Record<string, Hook>): Promise<void> {
  const seen: Record<string, Load[]> = Object.fromEntries(Object.keys(hooks).map((name) => [name, []]));
  for (const hook of Object.values(hooks)) await sendAll(hook, 1_000);
  for (let turn = 0; turn < rounds; turn++) {
    for (const [name, hook] of Object.entries(hooks)) seen[name]?.push(await sendAll(hook, perRound));
  }
  console.log(`  ${rounds} interleaved rounds of ${perRound} events each, 64 connections; medians`);
  const base = median(seen["durable"]!.map((l) => l.rate));
  for (const [name, loads] of Object.entries(seen)) {
    const of = (key: keyof Load) => median(loads.map((l) => l[key]));
    console.log(
      `  ${name.padEnd(20)} ${round(of("rate"), 0).padStart(6)} events/s (durable is ${round(base / of("rate"))} of it)   ${round(of("cpuUs"), 0).padStart(4)} µs CPU   p50 ${round(of("p50"))} p95 ${round(of("p95"))} p99 ${round(of("p99"))} ms`,
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
