import type { Fault } from "../../lab/simulators/faults.ts";
import type { Delivery } from "../../lab/world/cause.ts";
import { rng } from "../../lab/world/prng.ts";

/** What fails in one seed. `ms` is how long, on the clock of the system. */
export type PlannedFault =
  | { kind: "platform"; fault: Fault }
  | { kind: "kill" | "restart"; member: number; ms: number }
  | { kind: "freeze"; member: number; ms: number }
  | { kind: "clock"; member: number; stepMs: number; ms: number }
  | { kind: "redis" | "database"; how: "restart" | "cut" | "freeze"; ms: number }
  | { kind: "redis"; how: "flush"; ms: number };

export interface FaultStep {
  /** Ms of the system since the start of the seed. */
  dueMs: number;
  fault: PlannedFault;
}

export interface ScenarioStep {
  dueMs: number;
  scenario: "ticket_created" | "ticket_solved" | "owner_changed" | "angry_ticket" | "deal_won" | "lead_created";
  delivery: Delivery | null;
  seed: number;
}

export interface Plan {
  faults: FaultStep[];
  scenarios: ScenarioStep[];
}

/** The disturbed part of a seed, ms of the system. */
export const disturbedMs = 7_000;

const platforms = ["salesforce", "zendesk", "mixpanel"] as const;
const scenarioKinds = [
  "ticket_created",
  "ticket_created",
  "ticket_solved",
  "owner_changed",
  "angry_ticket",
  "deal_won",
  "lead_created",
] as const;
const deliveries: readonly (Delivery | null)[] = [null, null, "duplicate", "late", "lost", "reordered"];

/** The same seed gives the same plan. */
export function planOf(seed: number, { size, hasDatabase }: { size: number; hasDatabase: boolean }): Plan {
  const random = rng(seed);
  const member = (): number => random.int(0, size - 1);
  const platformFault = (): PlannedFault => {
    const kind = random.pick(["latency", "error", "rate_limit", "timeout", "reset", "malformed", "expired_token"] as const);
    const fault: Fault = { platform: random.pick(platforms), kind, rate: random.pick([0.2, 0.5, 1]), seed: random.int(1, 1e6) };
    if (kind === "latency") fault.ms = random.int(200, 4_000);
    // The connection is open that long, on the lab's clock.
    if (kind === "timeout") fault.ms = random.int(2_000, 20_000);
    if (kind === "error") fault.status = random.pick([500, 502, 503]);
    return { kind: "platform", fault };
  };
  const database = (kind: "redis" | "database"): PlannedFault => {
    const how = random.pick(["restart", "cut", "freeze"] as const);
    return { kind, how, ms: random.int(200, 1_500) };
  };
  const others: (() => PlannedFault)[] = [
    () => ({ kind: "kill", member: member(), ms: random.int(0, 500) }),
    () => ({ kind: "restart", member: member(), ms: 0 }),
    () => ({ kind: "freeze", member: member(), ms: random.int(100, 2_000) }),
    () => ({
      kind: "clock",
      member: member(),
      stepMs: random.pick([-1, 1]) * random.int(2_000, 600_000),
      ms: random.int(500, 3_000),
    }),
    ...(hasDatabase
      ? [() => database("redis"), () => database("database"), (): PlannedFault => ({ kind: "redis", how: "flush", ms: 0 })]
      : []),
  ];
  const steps = [
    ...Array.from({ length: random.int(2, 5) }, platformFault),
    ...Array.from({ length: random.int(1, 3) }, () => random.pick(others)()),
  ].map((fault) => ({ dueMs: random.int(0, disturbedMs - 1_000), fault }));
  const scenarioSteps = Array.from({ length: random.int(15, 40) }, () => ({
    dueMs: random.int(0, disturbedMs),
    scenario: random.pick(scenarioKinds),
    delivery: random.pick(deliveries),
    seed: random.int(1, 1e6),
  }));
  return {
    faults: steps.sort((a, b) => a.dueMs - b.dueMs),
    scenarios: scenarioSteps.sort((a, b) => a.dueMs - b.dueMs),
  };
}
