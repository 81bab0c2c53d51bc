import { hash, type Rng, rng } from "../world/prng.ts";
import type { Target } from "./log.ts";

export const FAULT_KINDS = ["latency", "error", "rate_limit", "timeout", "reset", "malformed", "expired_token"] as const;
/** Answers of a broken proxy or a hostile host, in place of the platform's own. */
export const ODD_ANSWER_KINDS = [
  "redirect",
  "empty",
  "web_page",
  "endless",
  "deep",
  "compressed",
  "far_retry",
  "dripping",
] as const;
export type OddAnswerKind = (typeof ODD_ANSWER_KINDS)[number];
export type FaultKind = (typeof FAULT_KINDS)[number] | OddAnswerKind;

export interface Fault {
  platform: Target;
  kind: FaultKind;
  /** Share of the matching requests that fail, 0–1. */
  rate: number;
  /** Latency: added delay (default 1,000). Timeout: how long the connection stays open (default 120,000). */
  ms?: number | undefined;
  /** Error: the response status (default 500). */
  status?: number | undefined;
  /** Path prefix. Absent: every path. */
  path?: string | undefined;
  /** `POST`. Absent: every method. */
  method?: string | undefined;
  /**
   * For timeout, reset and error. True: the request is processed and only its response is lost. False: it is not processed.
   * Absent: an error is not processed; a timeout or reset is processed in half of the cases.
   */
  processed?: boolean | undefined;
  tenant?: string | undefined;
  seed: number;
}

export interface FaultDecision {
  latency: number;
  /** Replaces the simulator's own response. */
  end: { kind: Exclude<FaultKind, "latency">; ms: number; status: number; processed: boolean } | null;
}

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  list(): Fault[];
  decide(request: { platform: Target; tenant: string; method: string; path: string; tokenEndpoint: boolean }): FaultDecision;
}

/** Each fault has its own random stream and draws once a matching request, so the same requests meet the same faults. */
export function createFaults(): Faults {
  let faults: { fault: Fault; r: Rng }[] = [];
  return {
    add: (fault) => void faults.push({ fault, r: rng(hash("fault", fault.seed, fault.kind, faults.length)) }),
    clear() {
      faults = [];
    },
    list: () => faults.map(({ fault }) => fault),
    decide({ platform, tenant, method, path, tokenEndpoint }) {
      const verdict: FaultDecision = { latency: 0, end: null };
      for (const { fault, r } of faults) {
        if (fault.platform !== platform || (fault.tenant !== undefined && fault.tenant !== tenant)) continue;
        if (fault.path !== undefined && !path.startsWith(fault.path)) continue;
        if (fault.method !== undefined && fault.method !== method) continue;
        if (fault.kind === "expired_token" && tokenEndpoint) continue;
        const hit = r.chance(fault.rate);
        // A real network fault may lose the request or its response.
        const random = r.chance(0.5);
        const isProcessed = fault.processed ?? (fault.kind === "error" ? false : random);
        if (!hit) continue;
        if (fault.kind === "latency") verdict.latency += fault.ms ?? 1_000;
        else verdict.end ??= { kind: fault.kind, ms: fault.ms ?? 120_000, status: fault.status ?? 500, processed: isProcessed };
      }
      return verdict;
    },
  };
}
