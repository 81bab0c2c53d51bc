import type { Action } from "@sidelight/platform-kit/action.ts";
import type { RouteConfig } from "../config/routing.ts";
import type { TiersConfig } from "../config/tiers.ts";
import { compileExpression } from "./compileExpression.ts";
import { type Expression, ExpressionError } from "./expression.ts";
import type { Document } from "./routeDocument.ts";

/** A compiled tier of customers. */
export interface Tier {
  name: string;
  /** Null for all customers. */
  when: Expression | null;
  /** How long deliveries may wait for others, ms. */
  joinMs: number;
}

export function compileTiers(config: TiersConfig, addIssue: (index: number, message: string) => void): Tier[] {
  return config.map(({ name, when, everyMinutes }, i) => ({
    name,
    when: when === undefined ? null : compileExpression(when, (message) => addIssue(i, message)),
    joinMs: everyMinutes * 60_000,
  }));
}

/**
 * The tier of an event's customer, as of the event. It is read once, for the first delivery that asks. Null when no tier takes the
 * customer, and when a condition fails: what is in no tier is sent at once.
 */
export function openTier(tiers: readonly Tier[], document: Document): () => Promise<Tier | null> {
  let reading: Promise<Tier | null> | null = null;
  return () => {
    reading ??= tierOf(tiers, document);
    return reading;
  };
}

async function tierOf(tiers: readonly Tier[], document: Document): Promise<Tier | null> {
  try {
    for (const tier of tiers) if (tier.when === null || (await document.evaluate(tier.when)) === true) return tier;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
  }
  return null;
}

/** What decides whether the deliveries of a route may wait. */
interface WaitingRoute {
  config: Pick<RouteConfig, "joinSeconds" | "criticality">;
  action: Pick<Action, "batch">;
}

/**
 * How long a delivery may wait for others. Nothing is saved by a wait when neither effects share a call nor newer ones replace it, and
 * a route of high criticality does not wait.
 * @param name of what the delivery writes; null when each one counts
 */
export function joinMsOf({ config, action }: WaitingRoute, name: string | null, tier: Tier | null): number {
  const routeJoinMs = config.joinSeconds * 1_000;
  const isShareable = action.batch > 1 || name !== null;
  return tier && isShareable && config.criticality !== "high" ? Math.max(routeJoinMs, tier.joinMs) : routeJoinMs;
}
