/** The last stored health of a customer, see signals/healthState.ts. */
export interface CustomerHealthTable {
  tenant: string;
  /** `company:…` or `person:…`, with the node of the customer. */
  customer: string;
  score: number | null;
  band: string | null;
  trend: string | null;
  /** Sequence of the event since which it applies. */
  sequence: number;
}

/** What a customer's team was alerted to, see signals/alertLimit.ts. */
export interface ChurnAlertsTable {
  tenant: string;
  customer: string;
  /** A reason of a churn risk. */
  cause: string;
  /** 0 for a risk that was not worth an alert. */
  is_alert: number;
  raised_at: number;
  event_id: string;
}

/** A fall of a customer's health score that is not yet confirmed, see signals/healthFalls.ts. */
export interface HealthFallsTable {
  tenant: string;
  customer: string;
  from_score: number;
  from_band: string;
  started_at: number;
  /** The event that started it. */
  event_id: string;
}

export interface AlertsTable {
  tenant: string;
  id: string;
  kind: string;
  severity: string;
  connection: string;
  subject: string;
  message: string;
  opened_at: number;
  closed_at: number | null;
  /** Null for alerts that an earlier release opened. */
  cause: string | null;
  since: number | null;
  count: number;
  /** What to do about this cause; null for the action of the kind. */
  next_action: string | null;
  /** How often the alert came back soon after its end. */
  reopenings: number;
  acknowledged_at: number | null;
  /** Id of the API key, or the ref of the person. */
  acknowledged_by: string | null;
  /** No message is sent about the alert until then. */
  muted_until: number | null;
}

/** A message about a group of alerts to one channel: the outbox. Its text is written when it is sent. */
export interface AlertMessagesTable {
  tenant: string;
  id: string;
  /** Alerts of one cause, see services/alerts/groups.ts. */
  alert_group: string;
  channel: string;
  /** opened, escalated, acknowledged, closed, digest. */
  kind: string;
  /** JSON: ids of the alerts. */
  alerts: string;
  created_at: number;
  /** When it may be sent, or tried again. */
  due_at: number;
  attempts: number;
  /** waiting, sent, expired, skipped. */
  state: string;
  settled_at: number | null;
  /** Why the last attempt failed. */
  problem: string | null;
}

/** What a channel was sent about a group of alerts. */
export interface AlertIncidentsTable {
  tenant: string;
  alert_group: string;
  channel: string;
  /** The highest one that was sent. */
  severity: string;
  /** JSON: ids of the alerts. */
  alerts: string;
  opened_at: number;
  /** When the last message was planned. */
  changed_at: number;
  acknowledged_at: number | null;
  /** Null while it is open. */
  closed_at: number | null;
}

/** What a measurement of data quality counted. */
export interface QualityMeasurementsTable {
  tenant: string;
  measured_at: number;
  duration_ms: number;
  /** JSON, see quality/totals.ts. Its examples are keys of records. */
  totals: string;
}

/**
 * A company as lists show it. Every column has a value, so that both engines sort alike: what is unknown comes last, or first for the
 * last use.
 */
export interface CustomerOverviewTable {
  tenant: string;
  node: string;
  /** Keyed hash of the owner's ref; empty without an owner. */
  owner: string;
  /** good, watch or at_risk; empty without a score. */
  band: string;
  /** 0 to 100; 101 without a score. */
  score: number;
  /** rising, steady, falling, new or inactive; empty when the use is not known. */
  usage_trend: string;
  /** A calendar day; `9999-12-31` when none is set. */
  renewal_day: string;
  /** 0 when no use is known. */
  last_active_at: number;
  /** Since when the band applies. */
  band_since: number;
  /** Since when the trend applies. */
  trend_since: number;
  computed_at: number;
  subject: string;
  /** JSON, sealed: names, amounts and texts. */
  payload: Buffer;
}
