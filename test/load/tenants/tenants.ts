import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Agent, request } from "undici";
import { stringify } from "yaml";
import { standardSignature } from "../../harness/genericWebhook.ts";
import { quantiles, round } from "../measure.ts";

const tenantCount = 1_000;
const pairs = 10;
const roundMs = 3_000;
/** Events a second of all other tenants together. */
const steadyRate = 100;
const floodConnections = 64;
const secret = `whsec_${Buffer.from("the webhook's secret of the bench").toString("base64")}`;
/** Two-sided 95 % quantile of Student's t with nine degrees of freedom. */
const tQuantile = 2.262;

const [flooding, dead] = ["t0", "t1"];

/**
 * The time of an event of other tenants until it is durable, without and with a tenant that floods its webhook. All the time, the
 * target of another tenant answers nothing.
 */
export async function tenants(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sidelight-tenants-"));
  let child: ChildProcess | null = null;
  try {
    configure(folder);
    const script = fileURLToPath(new URL("ours.ts", import.meta.url));
    const server = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    child = server;
    const port = await new Promise<string>((resolve) =>
      server.stdout.once("data", (text: Buffer) => resolve(String(text).trim())),
    );
    const urlOf = (tenant: string): string => `http://127.0.0.1:${port}/v1/webhooks/${tenant}/generic/token-${tenant}`;
    const dispatcher = new Agent({ connections: 256, pipelining: 1 });
    for (let i = 0; i < 200; i++) await send(urlOf(dead), dispatcher);
    await steady(urlOf, dispatcher);
    const ratios: number[] = [];
    const p95s: [quiet: number, flooded: number][] = [];
    let floodAccepted = 0;
    for (let pair = 0; pair < pairs; pair++) {
      const quiet = await steady(urlOf, dispatcher);
      const stop = new AbortController();
      const flood = floodUntil(urlOf(flooding), stop.signal);
      const flooded = await steady(urlOf, dispatcher);
      stop.abort();
      floodAccepted += await flood;
      ratios.push(Math.log(flooded.p95 / quiet.p95));
      p95s.push([quiet.p95, flooded.p95]);
    }
    await dispatcher.close();
    const mean = ratios.reduce((sum, value) => sum + value, 0) / pairs;
    const deviation = Math.sqrt(ratios.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (pairs - 1));
    const halfWidth = (tQuantile * deviation) / Math.sqrt(pairs);
    const factor = (value: number): string => `${round(Math.exp(value), 2)}×`;
    console.log(`  ${tenantCount} tenants, ${pairs} pairs of ${roundMs / 1000} s, ${steadyRate} events/s of the others`);
    console.log(`  p95 of the others, quiet → flooded: ${p95s.map(([a, b]) => `${round(a)} → ${round(b)}`).join(", ")} ms`);
    console.log(`  ratio ${factor(mean)} (95 %: ${factor(mean - halfWidth)} to ${factor(mean + halfWidth)})`);
    console.log(`  the flood: ${round(floodAccepted / ((pairs * roundMs) / 1000), 0)} accepted events/s`);
  } finally {
    child?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Sends at a constant rate, whatever the answers take. */
async function steady(urlOf: (tenant: string) => string, dispatcher: Agent): Promise<{ p95: number }> {
  const times: Promise<number>[] = [];
  const startedAt = performance.now();
  for (let i = 0; i < (roundMs / 1000) * steadyRate; i++) {
    const dueIn = startedAt + (i * 1000) / steadyRate - performance.now();
    if (dueIn > 0) await new Promise((resolve) => setTimeout(resolve, dueIn));
    times.push(timed(() => send(urlOf(`t${2 + (i % (tenantCount - 2))}`), dispatcher)));
  }
  return quantiles(await Promise.all(times));
}

async function timed(work: () => Promise<number>): Promise<number> {
  const startedAt = performance.now();
  const status = await work();
  if (status !== 202) throw new Error(`an event of another tenant was answered with ${status}`);
  return performance.now() - startedAt;
}

/** @returns how many of its events were accepted */
async function floodUntil(url: string, signal: AbortSignal): Promise<number> {
  const dispatcher = new Agent({ connections: floodConnections, pipelining: 1 });
  let accepted = 0;
  const sender = async (): Promise<void> => {
    while (!signal.aborted) if ((await send(url, dispatcher)) === 202) accepted += 1;
  };
  await Promise.all(Array.from({ length: floodConnections }, sender));
  await dispatcher.close();
  return accepted;
}

async function send(url: string, dispatcher: Agent): Promise<number> {
  const id = `msg_${randomUUID()}`;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const body = JSON.stringify({ type: "signed_up", at: new Date().toISOString(), customer: { userId: id }, data: {} });
  const headers = {
    ...{ "content-type": "application/json", "webhook-id": id, "webhook-timestamp": timestamp },
    "webhook-signature": standardSignature(secret, id, timestamp, body),
  };
  const answer = await request(url, { method: "POST", dispatcher, headers, body });
  await answer.body.dump();
  return answer.statusCode;
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
