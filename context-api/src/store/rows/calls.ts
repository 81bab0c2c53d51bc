/** One call to a platform. It contains no personal value, no secret and no query. */
export interface CallsTable {
  tenant: string;
  /** ULID: sorts by time. */
  call_id: string;
  at: number;
  connection: string;
  platform: string;
  /** Method and path without parameter values. */
  operation: string;
  priority: string;
  /** HTTP status; 0 without an answer. */
  status: number;
  ms: number;
  bytes: number;
  /** What the call was made for, see telemetry/callCause.ts. */
  cause: string;
  customer_tier: string | null;
  request_id: string | null;
}

/** The calls of one hour, connection, operation, priority, class of status, cause and customer tier. */
export interface CallTotalsTable {
  tenant: string;
  /** Start of the hour in UTC, epoch ms. */
  hour: number;
  connection: string;
  platform: string;
  operation: string;
  priority: string;
  /** 2xx, 3xx, 4xx, 429, 5xx, or none without an answer. */
  status_class: string;
  cause: string;
  /** Empty for a call without one. */
  customer_tier: string;
  calls: number;
  ms: number;
  bytes: number;
}
