import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Agent } from "undici";
import { stringify } from "yaml";
import { quantiles, round } from "../measure.ts";
import { readContext, secret, sendEvent } from "./sendEvent.ts";

const tenantCount = 1_000;
const pairs = 10;
const roundMs = Number(process.env["SIDELIGHT_BENCH_SECONDS"] ?? 3) * 1000;
/** Events a second of all other tenants together, and reads. */
const steadyRate = 50;
const floodConnections = 64;
/** Two-sided 95 % quantile of Student's t with nine degrees of freedom. */
const tQuantile = 2.262;

const [flooding, dead] = ["t0", "t1"];

interface Server {
  port: string;
  /** API keys by tenant. */
  keys: Record<string, string>;
}

/**
 * The time of events and of reads from the store of other tenants, without and with a tenant that floods its webhook and its API. All the
 * time, the target of another tenant answers nothing.
 */
export async function tenants(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sidelight-tenants-"));
  const children: ChildProcess[] = [];
  try {
    configure(folder);
    const startedAt = performance.now();
    const child = run("ours.ts", [folder]);
    children.push(child);
    const port = String((await once(child.stdout, "data"))[0]).trim();
    const server: Server = { port, keys: JSON.parse(readFileSync(join(folder, "keys.json"), "utf8")) };
    console.log(`  ${tenantCount} tenants: ready after ${round((performance.now() - startedAt) / 1000, 1)} s`);
    const dispatcher = new Agent({ connections: 64, pipelining: 1 });
    for (let i = 0; i < 200; i++) await sendEvent(server.port, dead, dispatcher);
    await steady(server, dispatcher);
    const results: { quiet: Steady; flooded: Steady }[] = [];
    const flood: Record<string, number> = {};
    for (let pair = 0; pair < pairs; pair++) {
      const quiet = await steady(server, dispatcher);
      const sender = run("flood.ts", [server.port, flooding, server.keys[flooding] ?? "", String(floodConnections)]);
      children.push(sender);
      // It has to start first.
      await new Promise((resolve) => setTimeout(resolve, 700));
      const flooded = await steady(server, dispatcher);
      sender.kill("SIGTERM");
      for (const [name, count] of Object.entries(JSON.parse(await outputOf(sender)) as Record<string, number>))
        flood[name] = (flood[name] ?? 0) + count;
      results.push({ quiet, flooded });
    }
    await dispatcher.close();
    console.log(`  ${pairs} pairs of ${roundMs / 1000} s; of the others ${steadyRate} events and ${steadyRate} reads a second`);
    for (const kind of ["events", "reads"] as const)
      report(
        kind,
        results.map(({ quiet, flooded }) => [quiet[kind], flooded[kind]]),
      );
    console.log(`  the flood's answers: ${JSON.stringify(flood)}`);
  } finally {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(kind: string, p95s: [quiet: number, flooded: number][]): void {
  const ratios = p95s.map(([quiet, flooded]) => Math.log(flooded / quiet));
  const mean = ratios.reduce((sum, value) => sum + value, 0) / ratios.length;
  const deviation = Math.sqrt(ratios.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (ratios.length - 1));
  const halfWidth = (tQuantile * deviation) / Math.sqrt(ratios.length);
  const factor = (value: number): string => `${round(Math.exp(value), 2)}×`;
  console.log(`  ${kind}, p95 quiet → flooded: ${p95s.map(([a, b]) => `${round(a, 1)} → ${round(b, 1)}`).join(", ")} ms`);
  console.log(`  ${kind}: ratio ${factor(mean)} (95 %: ${factor(mean - halfWidth)} to ${factor(mean + halfWidth)})`);
}

function run(file: string, args: string[]) {
  const script = fileURLToPath(new URL(file, import.meta.url));
  return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function outputOf({ stdout }: ReturnType<typeof run>): Promise<string> {
  let output = "";
  for await (const chunk of stdout) output += chunk;
  return output;
}

/** The p95 of events and of reads, ms. */
interface Steady {
  events: number;
  reads: number;
}

/** Sends at a constant rate, whatever the answers take. */
async function steady({ port, keys }: Server, dispatcher: Agent): Promise<Steady> {
  const times: Record<keyof Steady, Promise<number>[]> = { events: [], reads: [] };
  const startedAt = performance.now();
  const gapMs = 1000 / (2 * steadyRate);
  for (let i = 0; i < roundMs / gapMs; i++) {
    const dueIn = startedAt + i * gapMs - performance.now();
    if (dueIn > 0) await new Promise((resolve) => setTimeout(resolve, dueIn));
    const tenant = `t${2 + (i % (tenantCount - 2))}`;
    if (i % 2 === 0) times.events.push(timed(202, () => sendEvent(port, tenant, dispatcher)));
    else times.reads.push(timed(200, () => readContext(port, keys[tenant] ?? "", dispatcher)));
  }
  const p95Of = async (list: Promise<number>[]): Promise<number> => quantiles(await Promise.all(list)).p95;
  return { events: await p95Of(times.events), reads: await p95Of(times.reads) };
}

async function timed(expected: number, work: () => Promise<number>): Promise<number> {
  const startedAt = performance.now();
  const status = await work();
  if (status !== expected) throw new Error(`a request of another tenant was answered with ${status}`);
  return performance.now() - startedAt;
}

function configure(folder: string): void {
  const names = Array.from({ length: tenantCount }, (_, i) => `t${i}`);
  const secrets: Record<string, string> = { secret };
  const configs = names.map((name) => {
    secrets[`token-${name}`] = `token-${name}`;
    const webhooks = [{ kind: "events", token: `token-${name}`, secret: "secret" }];
    // Nothing listens there.
    const settings =
      name === dead ? { url: "http://127.0.0.1:9/events", secret: "secret", allowInsecure: true, allowPrivate: true } : {};
    const connections = [{ id: "generic", platform: "generic", webhooks, settings }];
    const routes = [
      { id: "forward", on: "generic.event.signed_up", to: "generic", do: "post", with: '{ "type": "signed_up", "data": {} }' },
    ];
    return [name, name === dead ? { connections, routing: { routes } } : { connections }];
  });
  const config = { version: 1, secrets: { provider: "file", path: "secrets.json" }, tenants: Object.fromEntries(configs) };
  writeFileSync(join(folder, "sidelight.yaml"), stringify(config));
  writeFileSync(join(folder, "secrets.json"), JSON.stringify(secrets));
}
