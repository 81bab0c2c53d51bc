/** How many facts or minutes of an object had an age within a bound, see freshness/ageBounds.ts. */
export interface FreshnessCountsTable {
  tenant: string;
  /** Length of the bucket in seconds: 300 or 3600. */
  span: number;
  /** Start of the bucket, epoch ms. */
  at: number;
  connection: string;
  /** Object of the platform: ticket. */
  object: string;
  /** facts or minutes. */
  measure: string;
  /** How facts arrived, or what decided how old the data was in a minute. */
  cause: string;
  /** Upper bound of the age in seconds. */
  bound: number;
  count: number;
}

/** What was sent to a platform or answered without a call, in one hour. */
export interface UsageTotalsTable {
  tenant: string;
  /** Start of the hour, epoch ms. */
  hour: number;
  /** delivery or answer. */
  kind: string;
  /** Target of a delivery; empty for an answer. */
  connection: string;
  /** The action of a delivery; the cache tier of an answer. */
  name: string;
  route: string;
  /** Empty without a tier. */
  customer_tier: string;
  /** Deliveries that ended; answers. */
  records: number;
  /** Effects that were sent; platform calls that answers would have needed. */
  events: number;
  /** Batches in which effects were sent. */
  calls: number;
}
