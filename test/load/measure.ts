import { readFileSync } from "node:fs";
import { Agent, request } from "undici";

/** Processor time used by a process, ms. Linux counts it in hundredths of a second. */
export function cpuMs(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Processor time used by a process, its children and theirs, also by those that have ended, ms. */
export function cpuTreeMs(pid: number): number {
  const fields = statOf(pid);
  const ownMs = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0) * 10;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  const childrenMs = children === "" ? 0 : children.split(" ").reduce((sum, child) => sum + treeMsOrZero(Number(child)), 0);
  return ownMs + childrenMs;
}

/** A child may end in between. Its time counts with that of its parent then. */
function treeMsOrZero(pid: number): number {
  try {
    return cpuTreeMs(pid);
  } catch {
    return 0;
  }
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
  /** Expected statuses; 200 when left out. */
  statuses?: readonly number[];
}

/** Sends `count` requests over 16 keep-alive connections. */
export async function load({ url, pid, headers = {}, statuses = [200] }: Target, count: number): Promise<Load> {
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
      if (!statuses.includes(answer.statusCode)) throw new Error(`${url} answered ${answer.statusCode}`);
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
