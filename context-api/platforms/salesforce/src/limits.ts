/** After an exhausted daily quota. It recovers over 24 hours, and Salesforce does not report when. */
const dailyRetryMs = 900_000;
/** After a limit on requests at the same time. They end within seconds; the delay is random so that ours do not return together. */
const concurrencyRetryMs = { min: 5_000, max: 15_000 };

/**
 * REQUEST_LIMIT_EXCEEDED has several meanings, which only its text tells apart: `TotalRequests Limit exceeded.` is the day's quota;
 * `ConcurrentRequests`, `ConcurrentPerOrgLongTxn` and others limit what runs at the same time.
 */
export const isDailyLimit = (message: string): boolean => /\bTotalRequests\b/i.test(message);

/** When a request may be tried again after a reached limit, epoch ms. Salesforce sends no Retry-After. */
export function limitRetryAt(isDaily: boolean, now: number): number {
  if (isDaily) return now + dailyRetryMs;
  const { min, max } = concurrencyRetryMs;
  return now + min + Math.round(Math.random() * (max - min));
}

/**
 * A trigger or flow of the org met a lock. Salesforce reports the code of the trigger then, and the lock in the text only:
 * `CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: … caused by: … UNABLE_TO_LOCK_ROW`.
 */
export const isLocked = (message: string): boolean => /\bUNABLE_TO_LOCK_ROW\b/.test(message);
