import type { HealthData } from "@sidelight/contracts/context/sections.ts";
import type { EventInput } from "@sidelight/model/records.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { receivedName } from "../security/keyring.ts";
import { ourselves, riskRaised } from "./derived.ts";
import { interactionOf, type RiskSettings, type Said, saidBy } from "./risk.ts";

/** What an event of a ticket says of leaving; null for events that say nothing of what a customer means. */
export function heardIn({ type, platform, payload }: LoggedEvent, settings: RiskSettings): Said | null {
  const isHeard = platform !== ourselves && /\.(created|comment_added|priority_changed)$/.test(type);
  return payload && isHeard && interactionOf(payload)?.type === "ticket" ? saidBy(payload, settings) : null;
}

/** Hears in tickets that somebody may leave: a ticket is a risk once, whatever is said in it afterwards. */
export interface Listener {
  /** @param trend of the customer's health, as last noted: read for new tickets only */
  hear(event: LoggedEvent, trend: () => Promise<HealthData["trend"]>): Promise<EventInput[]>;
}

/** One for each batch of events that is committed together: what it has told stands in the store only then. */
export function openListener(log: TenantLog, settings: RiskSettings): Listener {
  const told = new Set<string>();

  async function wasTold(ref: string): Promise<boolean> {
    if (told.has(ref)) return true;
    const row = await log.store
      .from("events")
      .select("sequence")
      .where("key", "=", log.key(ref))
      .where("source_event_id", "=", receivedName(log.keys, ourselves, nameOf(ref)))
      .executeTakeFirst();
    return row !== undefined;
  }

  return {
    async hear(event, trend) {
      const { payload, type } = event;
      const said = heardIn(event, settings);
      if (!payload || !said) return [];
      const { reasons, words } = said;
      if (type.endsWith(".created") && (await trend()) === "falling") reasons.push("health_falling");
      const { ref: ticket } = payload;
      if (reasons.length === 0 || (await wasTold(ticket))) return [];
      told.add(ticket);
      return [riskRaised(event, payload, { name: nameOf(ticket), reasons, words, ticket })];
    },
  };
}

const nameOf = (ticket: string): string => `churn_risk:${ticket}`;
