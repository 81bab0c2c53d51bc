import type { Fault, FaultKind, Faults } from "../../simulators/faults.ts";
import type { Platform } from "../../simulators/log.ts";

interface Breakage {
  name: string;
  label: string;
  fault: { kind: FaultKind; ms?: number; status?: number };
}

/** The ways to break a platform that the home page offers. */
export const breakages: readonly Breakage[] = [
  { name: "slow", label: "Slow (3 s late)", fault: { kind: "latency", ms: 3_000 } },
  { name: "silent", label: "No answer", fault: { kind: "timeout", ms: 30_000 } },
  { name: "down", label: "Down (503)", fault: { kind: "error", status: 503 } },
  { name: "limited", label: "Rate limited", fault: { kind: "rate_limit" } },
  { name: "refused", label: "Sign-in refused", fault: { kind: "expired_token" } },
];

/** Seed that marks the faults of this page, so that it leaves all other faults alone. */
const pageSeed = 815;

export function currentBreakage(faults: Faults, platform: Platform): string | null {
  const fault = faults.list().find((f) => f.seed === pageSeed && f.platform === platform);
  return breakages.find((b) => b.fault.kind === fault?.kind)?.name ?? null;
}

/** @param name null repairs the platform */
export function setBreakage(faults: Faults, platform: Platform, name: string | null): void {
  const otherFaults = faults.list().filter((f) => f.seed !== pageSeed || f.platform !== platform);
  const breakage = breakages.find((b) => b.name === name);
  faults.clear();
  for (const fault of otherFaults) faults.add(fault);
  if (breakage) faults.add({ platform, rate: 1, seed: pageSeed, ...breakage.fault } satisfies Fault);
}
