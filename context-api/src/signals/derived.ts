import type { EventInput } from "@sidelight/model/records.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { EventPayload } from "../log/payload.ts";
import type { Statement } from "../store/statement.ts";
import { interactionOf, type RiskReason } from "./risk.ts";

/** Events and statements derived from other events. Committed together with the consumer offset. */
export interface Derived {
  events: EventInput[];
  statements: Statement[];
}

/** The platform and the connection of derived events. */
export const ownPlatform = "sidelight";

/** A derived event about the same object, and so the same person, as its cause. */
export function derivedFrom(event: LoggedEvent, { ref }: EventPayload, type: string, name: string): EventInput {
  return {
    type,
    timestamp: event.timestamp,
    platform: ownPlatform,
    connection: ownPlatform,
    object: event.object,
    ref,
    subject: ref,
    subjectKey: event.subject,
    sourceIds: [name],
    sourceEventId: null,
    record: null,
    interaction: null,
    data: {},
    isEcho: false,
  };
}

/** What an event of a churn risk contains. */
export interface RiskData {
  reasons: RiskReason[];
  /** Configured words that were found. */
  words: string[];
  /** Ref of the ticket; null for a risk that no ticket caused. */
  ticket: string | null;
  /** `company:…` or `person:…`; null for an unknown customer. */
  customer: string | null;
  /** The gravest of the reasons. */
  cause: RiskReason;
  /** The reasons in sentences. */
  why: string[];
  /** True when the customer's value, or the gravity of the cause, is worth an alert. */
  isAlert: boolean;
  /** True when the customer's team was already alerted to this cause or to one that weighs as much. */
  isRepeat: boolean;
}

/** @param name idempotency key */
export function riskRaised(event: LoggedEvent, payload: EventPayload, name: string, data: RiskData): EventInput {
  return {
    ...derivedFrom(event, payload, "customer.churn_risk.raised", name),
    interaction: interactionOf(payload),
    data: { ...data, causedBy: event.event_id },
  };
}
