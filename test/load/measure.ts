import { readFileSync } from "node:fs";
import { Agent, request } from "undici";

/** Processor time used by a process, ms. Linux counts it in hundredths of a second. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export interface Load {
  /** Requests a second. */
  rate: number;
  /** Server processor time per request, microseconds. */
  cpuUs: number;
  p50: number;
  p95: number;
  p99: number;
}

export interface Target {
  url: string;
  pid: number;
  headers?: Record<string, string>;
  status?: number;
}

/** Sends `count` requests over 16 keep-alive connections. */
export async function load({ url, pid, headers = {}, status = 200 }: Target, count: number): Promise<Load> {
  const dispatcher = new Agent({ connections: 16, pipelining: 1 });
  const times: number[] = [];
  let remaining = count;
  const cpu = cpuMs(pid);
  const start = performance.now();
  const worker = async (): Promise<void> => {
    while (remaining-- > 0) {
      const sentAt = performance.now();
      const answer = await request(url, { dispatcher, headers });
      await answer.body.dump({ limit: 10_000_000 });
      times.push(performance.now() - sentAt);
      if (answer.statusCode !== status) throw new Error(`${url} answered ${answer.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  const seconds = (performance.now() - start) / 1000;
  const cpuUs = ((cpuMs(pid) - cpu) * 1000) / count;
  await dispatcher.close();
  return { rate: count / seconds, cpuUs, ...quantiles(times) };
}

export function quantiles(times: number[]): { p50: number; p95: number; p99: number } {
  const sorted = [...times].sort((a, b) => a - b);
  const quantile = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) };
}

export function median(values: number[]): number {
  return quantiles(values).p50;
}

export const round = (value: number, digits = 2): string => value.toFixed(digits);
