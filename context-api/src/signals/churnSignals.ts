import type { HealthData } from "@sidelight/contracts/context/sections.ts";
import type { EventInput } from "@sidelight/model/records.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { deduplicationKey } from "../security/keyring.ts";
import { hasEvent } from "../store/tables/events.ts";
import { ownPlatform, riskRaised } from "./derived.ts";
import { type ChurnSignal, churnSignalIn, interactionOf, type RiskSettings } from "./risk.ts";

/** The churn signal in a ticket event; null for events that carry no words or priority of a customer. */
export function churnSignalOf({ type, platform, payload }: LoggedEvent, settings: RiskSettings): ChurnSignal | null {
  const isCustomerEvent = platform !== ownPlatform && /\.(created|comment_added|priority_changed)$/.test(type);
  return payload && isCustomerEvent && interactionOf(payload)?.type === "ticket" ? churnSignalIn(payload, settings) : null;
}

/** Detects in tickets that a customer may leave. Each ticket raises at most one risk. */
export interface ChurnDetector {
  /** @param trend reads the customer's last stored health trend; called for new tickets only */
  detect(event: LoggedEvent, trend: () => Promise<HealthData["trend"]>): Promise<EventInput[]>;
}

/** Open one detector per batch of events: risks it raised are in the store only after the batch is committed. */
export function openChurnDetector(log: TenantLog, settings: RiskSettings): ChurnDetector {
  const raisedInBatch = new Set<string>();

  async function isRaised(ref: string): Promise<boolean> {
    if (raisedInBatch.has(ref)) return true;
    return await hasEvent(log.store, log.key(ref), deduplicationKey(log.keys, ownPlatform, nameOf(ref)));
  }

  return {
    async detect(event, trend) {
      const { payload, type } = event;
      const signal = churnSignalOf(event, settings);
      if (!payload || !signal) return [];
      const { reasons, words } = signal;
      if (type.endsWith(".created") && (await trend()) === "falling") reasons.push("health_falling");
      const { ref: ticket } = payload;
      if (reasons.length === 0 || (await isRaised(ticket))) return [];
      raisedInBatch.add(ticket);
      return [riskRaised(event, payload, { name: nameOf(ticket), reasons, words, ticket })];
    },
  };
}

const nameOf = (ticket: string): string => `churn_risk:${ticket}`;
