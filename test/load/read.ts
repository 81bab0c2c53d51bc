import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startLab } from "./lab.ts";
import { type Load, load, median, round, type Target } from "./measure.ts";

const rounds = 9;
const perRound = 20_000;

const serversFile = fileURLToPath(new URL("readServers.ts", import.meta.url));
const comparedServers = {
  raw: "raw node:http",
  hono: "bare Hono",
  fastify: "Fastify",
  express: "Express res.json",
};

/**
 * One customer's complete context from memory, against servers that do nothing but send the same bytes. All take turns in one run; CPU is
 * the server process's time per request.
 */
export async function benchReads(): Promise<void> {
  const lab = await startLab();
  const folder = mkdtempSync(join(tmpdir(), "sidelight-read-"));
  const children: ChildProcess[] = [];
  try {
    const url = `${lab.url}/v1/context/${encodeURIComponent(lab.examples.resolved[0]!)}`;
    const headers = { authorization: `Bearer ${lab.keys.agent}` };
    const first = await fetch(url, { headers: { ...headers, "accept-encoding": "identity" } });
    const body = Buffer.from(await first.arrayBuffer());
    const file = join(folder, "body.json");
    writeFileSync(file, body);
    const targets: Record<string, Target> = {};
    for (const [server, label] of Object.entries(comparedServers)) targets[label] = await start(server, file, children);
    const ours = { url, pid: lab.pid };
    targets["from memory, 200"] = { ...ours, headers };
    targets["from memory, 200, gzip"] = { ...ours, headers: { ...headers, "accept-encoding": "gzip" } };
    const etagOf = async () =>
      (await fetch(url, { headers: { ...headers, "accept-encoding": "identity" } })).headers.get("etag")!;
    // A pull may change the answer in the course of a round: some answers are 200 then.
    const conditional = async (): Promise<Target> => ({
      ...{ ...ours, statuses: [304, 200] },
      headers: { ...headers, "if-none-match": await etagOf() },
    });
    targets["from memory, 304"] = await conditional();
    const results: Record<string, Load[]> = Object.fromEntries(Object.keys(targets).map((name) => [name, []]));
    for (const target of Object.values(targets)) await load(target, perRound);
    for (let i = 0; i < rounds; i++) {
      targets["from memory, 304"] = await conditional();
      for (const [name, target] of Object.entries(targets)) results[name]?.push(await load(target, perRound));
    }
    print(body.length, results);
  } finally {
    for (const child of children) child.kill();
    await lab.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function start(server: string, file: string, children: ChildProcess[]): Promise<Target> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", serversFile, server, file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const port = await new Promise<string>((resolve) =>
    child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim())),
  );
  return { url: `http://127.0.0.1:${port}/v1/context/zendesk.ticket%3A1`, pid: child.pid! };
}

function print(size: number, results: Record<string, Load[]>): void {
  const medianOf = (loads: Load[], key: keyof Load) => median(loads.map((l) => l[key]));
  const base = medianOf(results["raw node:http"]!, "cpuUs");
  console.log(`  answer of ${size} bytes; ${rounds} interleaved rounds of ${perRound} requests, 16 connections; medians`);
  for (const [name, loads] of Object.entries(results)) {
    const cpuUs = medianOf(loads, "cpuUs");
    const [p50, p95, p99] = (["p50", "p95", "p99"] as const).map((key) => round(medianOf(loads, key)));
    const rate = round(medianOf(loads, "rate"), 0);
    console.log(
      `  ${name.padEnd(24)} ${rate.padStart(6)} requests/s  ${round(cpuUs, 1).padStart(6)} µs CPU (${round(base / cpuUs)} of raw)  p50 ${p50} p95 ${p95} p99 ${p99} ms`,
    );
  }
}
