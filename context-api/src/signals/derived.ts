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

/** @param name idempotency key; `ticket` is null for a risk that no ticket caused */
export function riskRaised(
  event: LoggedEvent,
  payload: EventPayload,
  { name, reasons, words, ticket }: { name: string; reasons: RiskReason[]; words: string[]; ticket: string | null },
): EventInput {
  return {
    ...derivedFrom(event, payload, "customer.churn_risk.raised", name),
    interaction: interactionOf(payload),
    data: { reasons, words, ticket, causedBy: event.event_id },
  };
}
