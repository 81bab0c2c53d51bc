import { createHash } from "node:crypto";
import type { LoggedEvent } from "../../log/listEvents.ts";
import type { CanariesTable } from "../../store/schema.ts";
import type { VersionOutcome } from "../../store/tables/deliveryFigures.ts";
import { compileExpression } from "../compileExpression.ts";
import { ExpressionError } from "../expression.ts";
import type { Document } from "../routeDocument.ts";
import type { ActiveRoutes } from "../routes.ts";

/** Which events a canary takes, and when it is rolled back. */
export interface CanarySettings {
  /** Share of the customers' events, 0 to 1; null when `team` selects them. */
  share: number | null;
  /** JSONata condition over the route document; null when `share` selects them. */
  team: string | null;
  /** It is judged once so many of its deliveries have an outcome. */
  minDeliveries: number;
  /** It may fail by this share more often than the active version. */
  maxFailureShare: number;
  /** True activates it for all events when it has passed. */
  promotes: boolean;
}

/** The deliveries of both versions since the start of a canary. */
export interface CanaryOutcome {
  canary: VersionOutcome;
  active: VersionOutcome;
}

const noDeliveries: VersionOutcome = { done: 0, failed: 0, open: 0, withheld: 0 };
export const noOutcome: CanaryOutcome = { canary: noDeliveries, active: noDeliveries };

export const settingsOf = ({ settings }: Pick<CanariesTable, "settings">): CanarySettings =>
  JSON.parse(settings) as CanarySettings;
export const outcomeOf = ({ outcome }: Pick<CanariesTable, "outcome">): CanaryOutcome => JSON.parse(outcome) as CanaryOutcome;

/** The routes of a canary, and which events they take. */
export interface CanaryRoutes {
  routes: ActiveRoutes;
  takes(event: Pick<LoggedEvent, "subject">, document: Document): Promise<boolean>;
}

/** @param routes of the canary's version */
export function createCanaryRoutes(id: string, { share, team }: CanarySettings, routes: ActiveRoutes): CanaryRoutes {
  const condition = team === null ? null : compileExpression(team, () => {});
  return {
    routes,
    async takes({ subject }, document) {
      if (share !== null) return positionOf(id, subject) < share;
      if (condition === null) return false;
      try {
        return (await document.evaluate(condition)) === true;
      } catch (error) {
        // An event for which the condition fails stays with the active version.
        if (error instanceof ExpressionError) return false;
        throw error;
      }
    },
  };
}

/** Of a subject among all, 0 to 1. The events of one subject are all handled by the same version. */
export const positionOf = (canary: string, subject: string): number =>
  createHash("sha256").update(`${canary}\n${subject}`).digest().readUInt32BE(0) / 2 ** 32;

/** Why a canary is rolled back; null while it may go on. */
export function failureOf({ canary, active }: CanaryOutcome, { minDeliveries, maxFailureShare }: CanarySettings): string | null {
  const settledCount = canary.done + canary.failed;
  if (settledCount < minDeliveries) return null;
  const [share, usualShare] = [failureShare(canary), failureShare(active)];
  if (share <= usualShare + maxFailureShare) return null;
  return `${percent(share)} of its ${settledCount} deliveries failed, of the active version ${percent(usualShare)}. Allowed are ${percent(maxFailureShare)} more.`;
}

const failureShare = ({ done, failed }: VersionOutcome): number => (done + failed === 0 ? 0 : failed / (done + failed));
const percent = (share: number): string => `${Math.round(share * 1_000) / 10} %`;
