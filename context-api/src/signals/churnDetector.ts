import type { EventInput, Money } from "@sidelight/model/records.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { deduplicationKey } from "../security/keyring.ts";
import type { Statement } from "../store/statement.ts";
import { hasEvent } from "../store/tables/events.ts";
import { openAlertLimit } from "./alertLimit.ts";
import { churnSignalOf } from "./churnSignals.ts";
import { ownPlatform, riskRaised } from "./derived.ts";
import { healthFellType } from "./healthFalls.ts";
import { causeOf, gravitiesFrom, gravityOf, isWorthAlert, type RiskReason, type RiskSettings } from "./risk.ts";
import { wordsOfReasons } from "./riskWords.ts";

/** What the detector reads of the customer of an event. */
export interface RiskCustomer {
  /** `company:…`, or `person:…` for a person without a company; null for an unknown customer. */
  id(): Promise<string | null>;
  /** The account's value; null when it has none. */
  arr(): Promise<Money | null>;
}

export interface DetectedRisk {
  events: EventInput[];
  statements: Statement[];
}

/** Raises churn risks. The router alone uses it, one event after the other, so that two events at once give one alert. */
export interface ChurnDetector {
  detect(event: LoggedEvent, customer: RiskCustomer): Promise<DetectedRisk>;
}

const nothing: DetectedRisk = { events: [], statements: [] };

/** Open one detector per batch of events: what it raised is in the store only after the batch is committed. */
export function openChurnDetector(log: TenantLog, settings: RiskSettings): ChurnDetector {
  const raisedInBatch = new Set<string>();
  const limit = openAlertLimit(log, settings);

  /** A ticket raises a risk again only for a graver cause. */
  async function isRaised(ticket: string, cause: RiskReason): Promise<boolean> {
    const names = [nameOf(ticket), ...gravitiesFrom(gravityOf(cause)).map((gravity) => nameOf(ticket, gravity))];
    if (names.some((name) => raisedInBatch.has(name))) return true;
    for (const name of names)
      if (await hasEvent(log.store, log.key(ticket), deduplicationKey(log.keys, ownPlatform, name))) return true;
    return false;
  }

  return {
    async detect(event, customer) {
      const { reasons, words } = await churnSignalOf(event, settings, log);
      const cause = causeOf(reasons);
      const { payload } = event;
      if (!payload || cause === null) return nothing;
      const ticket = ticketOf(event);
      if (ticket !== null && (await isRaised(ticket, cause))) return nothing;
      const name = ticket === null ? `churn_risk:${event.event_id}` : nameOf(ticket, gravityOf(cause));
      raisedInBatch.add(name);
      const customerId = await customer.id();
      const isAlert = isWorthAlert(await customer.arr(), cause, settings);
      const claim = await limit.claim({ customer: customerId, cause, isAlert }, event);
      const data = {
        reasons,
        words,
        ticket,
        customer: customerId,
        cause,
        why: wordsOfReasons({ reasons, words }, payload, settings),
        isAlert,
        isRepeat: claim.isRepeat,
      };
      return { events: [riskRaised(event, payload, name, data)], statements: claim.statements };
    },
  };
}

/** Ref of the ticket that raises the risk; null when a rating or the health does. */
const ticketOf = ({ type, payload }: LoggedEvent): string | null =>
  payload === null || type === healthFellType || payload.record?.data.kind === "rating" ? null : payload.ref;

/** Idempotency key of a ticket's risk. Earlier releases raised one for each ticket, without the gravity. */
const nameOf = (ticket: string, gravity?: number): string =>
  gravity === undefined ? `churn_risk:${ticket}` : `churn_risk:${ticket}:${gravity}`;
