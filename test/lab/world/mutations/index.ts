import type { Cause } from "../cause.ts";
import { hash, rng } from "../prng.ts";
import type { TenantWorld } from "../tenant.ts";
import type { Customer } from "./customer.ts";
import { accountMerged, contactDeleted, ticketDeleted, ticketMerged, userMerged } from "./lifecycle.ts";
import { onboardingCompleted, optedOut, usageStopped } from "./product.ts";
import { dealWon, leadCreated, ownerChanged } from "./sales.ts";
import { angryTicket, ticketCreated, ticketSolved } from "./support.ts";
import type { Mutation } from "./tools.ts";

const MUTATIONS = {
  ticket_created: ticketCreated,
  angry_ticket: angryTicket,
  ticket_solved: ticketSolved,
  deal_won: dealWon,
  owner_changed: ownerChanged,
  usage_stopped: usageStopped,
  onboarding_completed: onboardingCompleted,
  opted_out: optedOut,
  lead_created: leadCreated,
  ticket_deleted: ticketDeleted,
  ticket_merged: ticketMerged,
  contact_deleted: contactDeleted,
  account_merged: accountMerged,
  user_merged: userMerged,
} satisfies Record<string, Mutation>;

export type ScenarioKind = keyof typeof MUTATIONS;
export const KINDS = Object.keys(MUTATIONS) as [ScenarioKind, ...ScenarioKind[]];

export interface ScenarioOutcome {
  kind: ScenarioKind;
  /** The main record first, then every customer it concerns. */
  refs: string[];
  /** ISO */
  at: string;
}

interface ScenarioOptions {
  seed?: number | undefined;
  /** ms */
  at: number;
  customer?: Customer | null | undefined;
  /** Passed to the world's change listeners. */
  cause?: Cause | undefined;
}

/** Runs a scenario for a customer on all its platforms in one change. The same seed gives the same result. */
export function runScenario(
  world: TenantWorld,
  kind: ScenarioKind,
  { seed, at, customer = null, cause }: ScenarioOptions,
): ScenarioOutcome {
  // Never earlier than the seeded data, even when the clock does not move.
  const instant = Math.floor(Math.max(at, world.anchor) / 1000) * 1000;
  const r = rng(hash(world.seed, world.tenant, kind, seed ?? `${instant}/${world.zendesk.tickets.size}`));
  const refs = world.change(() => MUTATIONS[kind]({ world, r, at: instant, customer }), cause);
  return { kind, refs: [...new Set(refs)], at: new Date(instant).toISOString() };
}
