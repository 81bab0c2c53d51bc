import type { Cause } from "../cause.ts";
import { hash, rng } from "../prng.ts";
import type { TenantWorld } from "../tenant.ts";
import type { About } from "./about.ts";
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

export type Kind = keyof typeof MUTATIONS;
export const KINDS = Object.keys(MUTATIONS) as [Kind, ...Kind[]];

export interface Happened {
  kind: Kind;
  /** The thing itself first, then everybody it concerns. */
  refs: string[];
  /** ISO */
  at: string;
}

interface Wish {
  seed?: number | undefined;
  /** ms */
  at: number;
  about?: About | null | undefined;
  /** Handed on to whoever listens to the world's changes. */
  cause?: Cause | undefined;
}

/** Makes something happen at a customer's: on all platforms it shows on, all or nothing, the same for the same seed. */
export function happen(world: TenantWorld, kind: Kind, { seed, at, about = null, cause }: Wish): Happened {
  // Never before what was seeded, should a clock stand still.
  const instant = Math.floor(Math.max(at, world.anchor) / 1000) * 1000;
  const r = rng(hash(world.seed, world.tenant, kind, seed ?? `${instant}/${world.zendesk.tickets.size}`));
  const refs = world.change(() => MUTATIONS[kind]({ world, r, at: instant, about }), cause);
  return { kind, refs: [...new Set(refs)], at: new Date(instant).toISOString() };
}
