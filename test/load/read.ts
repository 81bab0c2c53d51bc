import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { startLab } from "./lab.ts";
import { type Load, load, median, quantiles, round, type Target } from "./measure.ts";

const rounds = 7;
const perRound = 6_000;

/** Reads of one customer from memory and from the store, against raw node:http with a response of the same size. */
export async function benchReads(): Promise<void> {
  const lab = await startLab();
  const ref = lab.examples.resolved[0]!;
  const url = `${lab.url}/v1/context/${encodeURIComponent(ref)}`;
  const headers = { authorization: `Bearer ${lab.keys.agent}` };
  const first = await fetch(url, { headers });
  const size = Buffer.byteLength(await first.text());
  const raw = spawn(process.execPath, [fileURLToPath(new URL("raw.ts", import.meta.url)), String(size)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const port = await new Promise<string>((resolve) =>
    raw.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim())),
  );
  const targets: Record<string, Target> = {
    "raw node:http": { url: `http://127.0.0.1:${port}/`, pid: raw.pid! },
    "memory, 200": { url, pid: lab.pid, headers },
    "memory, 304": { url, pid: lab.pid, headers: { ...headers, "if-none-match": first.headers.get("etag")! }, status: 304 },
  };
  try {
    const results: Record<string, Load[]> = Object.fromEntries(Object.keys(targets).map((name) => [name, []]));
    for (const target of Object.values(targets)) await load(target, 2_000);
    for (let round = 0; round < rounds; round++) {
      for (const [name, target] of Object.entries(targets)) results[name]?.push(await load(target, perRound));
    }
    const base = median(results["raw node:http"]!.map((l) => l.cpuUs));
    console.log(`answer of ${size} bytes; ${rounds} interleaved rounds of ${perRound} requests, 16 connections; medians`);
    for (const [name, loads] of Object.entries(results)) {
      const medianOf = (key: keyof Load) => median(loads.map((l) => l[key]));
      const ratio = base / medianOf("cpuUs");
      console.log(
        `  ${name.padEnd(14)} ${round(medianOf("rate"), 0).padStart(6)} requests/s   ${round(medianOf("cpuUs"), 0).padStart(4)} µs CPU (${round(ratio)} of raw)   p50 ${round(medianOf("p50"))} p95 ${round(medianOf("p95"))} p99 ${round(medianOf("p99"))} ms`,
      );
    }
    await fromStore(lab.url, lab.keys.agent, lab.examples.resolved);
  } finally {
    raw.kill();
    await lab.stop();
  }
}

/** One after the other, each with a new combination of sections, so that memory has no entry. */
async function fromStore(url: string, key: string, refs: string[]): Promise<void> {
  const names = ["account", "support", "product", "health", "timeline", "notes"];
  const subsets = Array.from({ length: 2 ** names.length - 1 }, (_, bits) =>
    names.filter((_, i) => (bits + 1) & (1 << i)).join(","),
  );
  const times: number[] = [];
  for (const sections of subsets) {
    for (const ref of refs) {
      const start = performance.now();
      const response = await fetch(`${url}/v1/context/${encodeURIComponent(ref)}?sections=${sections}`, {
        headers: { authorization: `Bearer ${key}` },
      });
      await response.arrayBuffer();
      if (response.headers.get("x-sidelight-tier") === "store") times.push(performance.now() - start);
    }
  }
  const { p50, p95, p99 } = quantiles(times);
  console.log(`  from the store, one at a time, ${times.length} reads: p50 ${round(p50)} p95 ${round(p95)} p99 ${round(p99)} ms`);
}
