import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import type { Statement } from "../store/statement.ts";
import { listChurnAlerts, saveChurnAlert } from "../store/tables/churnAlerts.ts";
import { gravityOf, type RiskReason, type RiskSettings } from "./risk.ts";

const dayMs = 86_400_000;

/** A risk of a customer, as the limit compares it with earlier ones. */
export interface Claim {
  /** `company:…` or `person:…`; null for an unknown customer. */
  customer: string | null;
  cause: RiskReason;
  /** False for a risk that is not worth an alert: the team does not learn of it by default. */
  isAlert: boolean;
}

/** What a customer's team was already alerted to: one notion for every target. */
export interface AlertLimit {
  /**
   * Claims the alert for a customer and a cause. It is a repeat of the same cause, or of a graver one, within the limit, and of another
   * cause that weighs as much within a day, because that is most often the same trouble. A graver cause is news. A risk that was not
   * worth an alert repeats nothing for one that is. The statements store the claim; commit them with the event.
   */
  claim(claim: Claim, event: LoggedEvent): Promise<{ isRepeat: boolean; statements: Statement[] }>;
}

interface EarlierClaim {
  cause: RiskReason;
  isAlert: boolean;
  raisedAt: number;
}

/** Open one per batch of events. It sees the claims of its batch and those that were committed. */
export function openAlertLimit({ store }: TenantLog, { repeatDays }: Pick<RiskSettings, "repeatDays">): AlertLimit {
  const claimsByCustomer = new Map<string, EarlierClaim[]>();

  async function claimsOf(customer: string): Promise<EarlierClaim[]> {
    const inBatch = claimsByCustomer.get(customer);
    if (inBatch) return inBatch;
    const rows = await listChurnAlerts(store, customer);
    const claims = rows.map(({ cause, is_alert, raised_at }) => ({
      cause: cause as RiskReason,
      isAlert: is_alert === 1,
      raisedAt: raised_at,
    }));
    claimsByCustomer.set(customer, claims);
    return claims;
  }

  /** Days in which an earlier cause silences this one. */
  function silentDays(earlier: RiskReason, cause: RiskReason): number {
    if (earlier === cause || gravityOf(earlier) > gravityOf(cause)) return repeatDays;
    return gravityOf(earlier) === gravityOf(cause) ? Math.min(1, repeatDays) : 0;
  }

  return {
    async claim({ customer, cause, isAlert }, { event_id, received_at }) {
      // Without a customer there is no team, and no account whose alerts could repeat.
      if (customer === null) return { isRepeat: false, statements: [] };
      const claims = await claimsOf(customer);
      const isRepeat = claims
        .filter((earlier) => earlier.isAlert || !isAlert)
        .some((earlier) => earlier.raisedAt > received_at - silentDays(earlier.cause, cause) * dayMs);
      if (isRepeat) return { isRepeat, statements: [] };
      claims.push({ cause, isAlert, raisedAt: received_at });
      const row = { customer, cause, is_alert: isAlert ? 1 : 0, raised_at: received_at, event_id };
      return { isRepeat, statements: [saveChurnAlert(store, row)] };
    },
  };
}
