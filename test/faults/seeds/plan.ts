import type { Fault } from "../../lab/simulators/faults.ts";
import type { Delivery } from "../../lab/world/cause.ts";
import { rng } from "../../lab/world/prng.ts";

/** What happens in one seed, by ms of the system since its start. */
export type Mischief =
  | { kind: "platform"; fault: Fault; ms: number }
  | { kind: "kill" | "restart"; member: number; ms: number }
  | { kind: "freeze"; member: number; ms: number }
  | { kind: "clock"; member: number; stepMs: number; ms: number }
  | { kind: "redis" | "database"; how: "restart" | "cut" | "freeze"; ms: number }
  | { kind: "redis"; how: "flush"; ms: number };

export interface Step {
  /** Ms of the system since the start of the seed. */
  dueMs: number;
  mischief: Mischief;
}

export interface Happening {
  dueMs: number;
  scenario: "ticket_created" | "ticket_solved" | "owner_changed" | "angry_ticket" | "deal_won" | "lead_created";
  delivery: Delivery | null;
  seed: number;
}

export interface Plan {
  steps: Step[];
  happenings: Happening[];
}

/** The disturbed part of a seed, ms of the system. */
export const disturbedMs = 7_000;

const platforms = ["salesforce", "zendesk", "mixpanel"] as const;
const scenarios = [
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
  const platformFault = (): Mischief => {
    const kind = random.pick(["latency", "error", "rate_limit", "timeout", "reset", "malformed", "expired_token"] as const);
    const fault: Fault = { platform: random.pick(platforms), kind, rate: random.pick([0.2, 0.5, 1]), seed: random.int(1, 1e6) };
    if (kind === "latency") fault.ms = random.int(200, 4_000);
    // The connection is open that long, on the lab's clock.
    if (kind === "timeout") fault.ms = random.int(2_000, 20_000);
    if (kind === "error") fault.status = random.pick([500, 502, 503]);
    return { kind: "platform", fault, ms: random.int(500, 3_000) };
  };
  const database = (kind: "redis" | "database"): Mischief => {
    const how = random.pick(["restart", "cut", "freeze"] as const);
    return { kind, how, ms: random.int(200, 1_500) };
  };
  const others: (() => Mischief)[] = [
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
      ? [() => database("redis"), () => database("database"), (): Mischief => ({ kind: "redis", how: "flush", ms: 0 })]
      : []),
  ];
  const steps = [
    ...Array.from({ length: random.int(2, 5) }, platformFault),
    ...Array.from({ length: random.int(1, 3) }, () => random.pick(others)()),
  ].map((mischief) => ({ dueMs: random.int(0, disturbedMs - 1_000), mischief }));
  const happenings = Array.from({ length: random.int(15, 40) }, () => ({
    dueMs: random.int(0, disturbedMs),
    scenario: random.pick(scenarios),
    delivery: random.pick(deliveries),
    seed: random.int(1, 1e6),
  }));
  return {
    steps: steps.sort((a, b) => a.dueMs - b.dueMs),
    happenings: happenings.sort((a, b) => a.dueMs - b.dueMs),
  };
}
