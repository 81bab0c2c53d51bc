import { randomUUID } from "node:crypto";
import type { Clock } from "../simulators/clock.ts";
import type { Delivery } from "../world/cause.ts";
import { customerOf } from "../world/mutations/customer.ts";
import { runScenario, type ScenarioKind, type ScenarioOutcome } from "../world/mutations/index.ts";
import type { TenantWorld } from "../world/tenant.ts";

export interface ScenarioRequest {
  kind: ScenarioKind;
  tenant: string;
  /** The same seed in the same world gives the same scenario for the same customer. */
  seed?: number | undefined;
  delivery?: Delivery | undefined;
  /** A ref of the customer. Absent: any customer. */
  customer?: string | undefined;
}

/** The scenario that ran, its records, and how its webhooks are delivered. */
export type ScenarioResult = ScenarioOutcome & { id: string; tenant: string; delivery: Delivery | null; seed: number | null };
export type ScenarioListener = (result: ScenarioResult) => void;

interface Deps {
  worlds: Record<string, TenantWorld>;
  clock: Clock;
  onScenario?: ScenarioListener | undefined;
}

/** The scenario cannot run, because a named thing does not exist. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
}

/** @throws {ScenarioError} with a message for the caller */
export function createScenarioRunner({ worlds, clock, onScenario }: Deps): (request: ScenarioRequest) => ScenarioResult {
  return ({ kind, tenant, seed, delivery, customer: ref }) => {
    const world = worldOf(worlds, tenant);
    const customer = ref === undefined ? null : customerOf(world, ref);
    if (ref !== undefined && customer === null) throw new ScenarioError(`no customer of this tenant matches ${ref}`);
    const cause = { id: randomUUID(), kind, seed: seed ?? null, delivery: delivery ?? null };
    const result = {
      ...attempt(() => runScenario(world, kind, { seed, at: clock.now(), customer, cause })),
      ...cause,
      kind,
      tenant,
    };
    onScenario?.(result);
    return result;
  };
}

export function worldOf(worlds: Record<string, TenantWorld>, tenant: string): TenantWorld {
  const world = Object.hasOwn(worlds, tenant) ? worlds[tenant] : undefined;
  if (!world) throw new ScenarioError(`tenant: one of ${Object.keys(worlds).join(", ")}`);
  return world;
}

function attempt(work: () => ScenarioOutcome): ScenarioOutcome {
  try {
    return work();
  } catch (error) {
    throw new ScenarioError(error instanceof Error ? error.message : "this scenario cannot run");
  }
}
