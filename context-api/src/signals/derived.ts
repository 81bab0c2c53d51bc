import type { EventInput } from "@sidelight/model/records.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { EventPayload } from "../log/payload.ts";
import type { Statement } from "../store/statement.ts";
import { interactionOf, type RiskReason } from "./risk.ts";

/** What follows from events, as events of their own; committed together with the place of whoever follows the log. */
export interface Derived {
  events: EventInput[];
  statements: Statement[];
}

/** The platform and the connection of derived events. */
export const ourselves = "sidelight";

/** About the same object, and so about the same person, as what caused it. */
export function derivedFrom(event: LoggedEvent, { ref }: EventPayload, type: string, name: string): EventInput {
  return {
    type,
    timestamp: event.timestamp,
    platform: ourselves,
    connection: ourselves,
    object: event.object,
    ref,
    subject: ref,
    subjectKey: event.subject,
    sourceIds: [name],
    record: null,
    interaction: null,
    data: {},
    isEcho: false,
  };
}

/** @param name tells it from every other; `ticket` is null where no ticket says it */
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
