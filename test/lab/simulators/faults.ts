import { hash, type Rng, rng } from "../world/prng.ts";
import type { Target } from "./log.ts";

export const FAULT_KINDS = ["latency", "error", "rate_limit", "timeout", "reset", "malformed", "expired_token"] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  platform: Target;
  kind: FaultKind;
  /** Share of the matching requests it hits, 0–1. */
  rate: number;
  /** Latency: how much is added (default 1,000). Timeout: how long the connection is held (default 120,000). */
  ms?: number | undefined;
  /** Error: the status answered (default 500). */
  status?: number | undefined;
  /** Only paths that start so. */
  path?: string | undefined;
  /**
   * Timeout, reset, error: true where the work is done and only its answer is lost, false where it isn't done. Left out, an error
   * is without work, and for the others it is as likely as not.
   */
  after?: boolean | undefined;
  tenant?: string | undefined;
  seed: number;
}

export interface Verdict {
  latency: number;
  /** What ends the request otherwise than the simulator would have. */
  end: { kind: Exclude<FaultKind, "latency">; ms: number; status: number; done: boolean } | null;
}

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  list(): Fault[];
  judge(request: { platform: Target; tenant: string; path: string; tokenEndpoint: boolean }): Verdict;
}

/** Each fault draws from a stream of its own, one draw a matching request: the same requests meet the same faults. */
export function createFaults(): Faults {
  let faults: { fault: Fault; r: Rng }[] = [];
  return {
    add: (fault) => void faults.push({ fault, r: rng(hash("fault", fault.seed, fault.kind, faults.length)) }),
    clear() {
      faults = [];
    },
    list: () => faults.map(({ fault }) => fault),
    judge({ platform, tenant, path, tokenEndpoint }) {
      const verdict: Verdict = { latency: 0, end: null };
      for (const { fault, r } of faults) {
        if (fault.platform !== platform || (fault.tenant !== undefined && fault.tenant !== tenant)) continue;
        if (fault.path !== undefined && !path.startsWith(fault.path)) continue;
        if (fault.kind === "expired_token" && tokenEndpoint) continue;
        const hit = r.chance(fault.rate);
        // A reply can be lost before or after the work was done: the unkind half of every network fault.
        const either = r.chance(0.5);
        const done = fault.after ?? (fault.kind === "error" ? false : either);
        if (!hit) continue;
        if (fault.kind === "latency") verdict.latency += fault.ms ?? 1_000;
        else verdict.end ??= { kind: fault.kind, ms: fault.ms ?? 120_000, status: fault.status ?? 500, done };
      }
      return verdict;
    },
  };
}
