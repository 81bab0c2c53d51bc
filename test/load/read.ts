import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { startLab } from "./lab.ts";
import { type Load, load, median, quantiles, round, type Target } from "./measure.ts";

const rounds = 7;
const perRound = 6_000;

/** Reads of one customer from memory and from the store, against raw node:http with an answer of the same size. */
export async function read(): Promise<void> {
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
    const seen: Record<string, Load[]> = Object.fromEntries(Object.keys(targets).map((name) => [name, []]));
    for (const target of Object.values(targets)) await load(target, 2_000);
    for (let round = 0; round < rounds; round++) {
      for (const [name, target] of Object.entries(targets)) seen[name]?.push(await load(target, perRound));
    }
    const base = median(seen["raw node:http"]!.map((l) => l.cpuUs));
    console.log(`answer of ${size} bytes; ${rounds} interleaved rounds of ${perRound} requests, 16 connections; medians`);
    for (const [name, loads] of Object.entries(seen)) {
      const of = (key: keyof Load) => median(loads.map((l) => l[key]));
      const ratio = base / of("cpuUs");
      console.log(
        `  ${name.padEnd(14)} ${round(of("rate"), 0).padStart(6)} requests/s   ${round(of("cpuUs"), 0).padStart(4)} µs CPU (${round(ratio)} of raw)   p50 ${round(of("p50"))} p95 ${round(of("p95"))} p99 ${round(of("p99"))} ms`,
      );
    }
    await fromStore(lab.url, lab.keys.agent, lab.examples.resolved);
  } finally {
    raw.kill();
    await lab.stop();
  }
}

/** One after the other, each with sections that nobody asked for yet, so that memory can't answer. */
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
