import { randomUUID } from "node:crypto";
import type { Clock } from "../simulators/clock.ts";
import type { Delivery } from "../world/cause.ts";
import { aboutOf } from "../world/mutations/about.ts";
import { type Happened, happen, type Kind } from "../world/mutations/index.ts";
import type { TenantWorld } from "../world/tenant.ts";

export interface Asked {
  kind: Kind;
  tenant: string;
  /** The same seed in the same world: the same thing, to the same customer. */
  seed?: number | undefined;
  delivery?: Delivery | undefined;
  /** A ref of the customer it should happen to; anybody when left out. */
  about?: string | undefined;
}

/** What happened, to whom, and how its webhooks should fare. */
export type Told = Happened & { id: string; tenant: string; delivery: Delivery | null; seed: number | null };
export type HappenedListener = (happened: Told) => void;

interface Deps {
  worlds: Record<string, TenantWorld>;
  clock: Clock;
  onHappened?: HappenedListener | undefined;
}

/** It can't happen: what was asked for doesn't exist. */
export class Impossible extends Error {
  override readonly name = "Impossible";
}

/** @throws {Impossible} with a sentence for whoever asked */
export function happening({ worlds, clock, onHappened }: Deps): (asked: Asked) => Told {
  return ({ kind, tenant, seed, delivery, about }) => {
    const world = worldOf(worlds, tenant);
    const whom = about === undefined ? null : aboutOf(world, about);
    if (about !== undefined && whom === null) throw new Impossible(`nobody here is ${about}`);
    const cause = { id: randomUUID(), kind, seed: seed ?? null, delivery: delivery ?? null };
    const told = { ...attempt(() => happen(world, kind, { seed, at: clock.now(), about: whom, cause })), ...cause, kind, tenant };
    onHappened?.(told);
    return told;
  };
}

export function worldOf(worlds: Record<string, TenantWorld>, tenant: string): TenantWorld {
  const world = Object.hasOwn(worlds, tenant) ? worlds[tenant] : undefined;
  if (!world) throw new Impossible(`tenant: one of ${Object.keys(worlds).join(", ")}`);
  return world;
}

function attempt(work: () => Happened): Happened {
  try {
    return work();
  } catch (error) {
    throw new Impossible(error instanceof Error ? error.message : "it cannot happen");
  }
}
