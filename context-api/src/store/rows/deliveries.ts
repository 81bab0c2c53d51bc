/** One event for one target, see deliveries/deliveryQueue.ts. */
export interface DeliveriesTable {
  tenant: string;
  /** Identifies the effect at the target. */
  id: string;
  route: string;
  target: string;
  action: string;
  event_id: string;
  sequence: number;
  subject: string;
  /** Keyed hash of the object that it changes, if a later delivery may replace it. */
  name: string | null;
  /** Keyed hash of the input, for a delivery with a name; null for deliveries of earlier releases. */
  input_hash: string | null;
  /** waiting, done, dead_letter, blocked or withheld. */
  state: string;
  cause: string | null;
  message: string | null;
  attempts: number;
  next_at: number;
  created_at: number;
  settled_at: number | null;
  /** Ref of the record that was written, sealed. */
  sealed_ref: Buffer | null;
  /** Version of the configuration that routed it. */
  config: string;
  /** What it is for; null for deliveries without a purpose, and those of earlier releases. */
  purpose: string | null;
  payload: Buffer;
}

/** Which process sends the deliveries of a subject or a name, see tables/deliveryClaims.ts. PostgreSQL only. */
export interface DeliveryClaimsTable {
  tenant: string;
  target: string;
  action: string;
  order_key: string;
  /** Name of the claim. */
  claimed_by: string;
  /** By the clock of the database. */
  claimed_until: number;
}

/** What a delivery wrote to an object, to recognize the platform's report of it. Kept for some days. */
export interface WrittenValuesTable {
  tenant: string;
  /** Keyed hash of the object's ref; of `creation` and the object's type while the ref is not known yet. */
  key: string;
  /** Name of the field; empty for the write as such. */
  field: string;
  /** Id of the delivery. */
  delivery: string;
  /** JSON: keyed hashes of the forms in which the value may be reported; `["*"]` for any value. */
  hashes: string;
  /** 1 when the delivery created the object. */
  is_creation: number;
  /** Number of deliveries that led to this one, each caused by a change that the previous one may have made. */
  hops: number;
  sent_at: number;
  /** When the platform answered; null while the outcome is unknown. */
  settled_at: number | null;
  /** When another value of the field was written or reported. */
  superseded_at: number | null;
}

/** The figures of a company that were reported last, see routing/accountFigures.ts. */
export interface CompanyFiguresTable {
  tenant: string;
  node: string;
  /** Keyed hash. */
  digest: string;
  updated_at: number;
}

/** Why routes did not fire for an event. */
export interface RouteDecisionsTable {
  tenant: string;
  sequence: number;
  /** JSON: reason by route id, see routing/decisions.ts. */
  decisions: string;
  /** Version of the configuration. */
  config: string;
  decided_at: number;
}

/** What was last agreed on a field of a record with the owner of the field. The three texts are keyed hashes. */
export interface FieldStatesTable {
  tenant: string;
  key: string;
  field: string;
  /** Of the value that was last looked at. */
  seen: string;
  /** Of the value that the customer was last agreed to have, whether this record has it yet or not. */
  agreed: string;
  /** Key of the owner's record with which it was agreed. */
  partner: string;
  /** Writes of ours that led to the next one, each soon after the one before. */
  hops: number;
  /** The source's time of the last change of the value. */
  changed_at: number;
  /** When a delivery to the record was last created; null when there was none. */
  written_at: number | null;
}

/** A change of a field that contradicts another platform's value. */
export interface ConflictsTable {
  tenant: string;
  id: string;
  /** Key of the record whose change it is. */
  key: string;
  field: string;
  /** open or resolved. */
  state: string;
  /** Why it is a conflict: changed, no_base or returns. */
  cause: string;
  rule: string;
  /** Whose data key seals the values. */
  subject: string;
  opened_at: number;
  resolved_at: number | null;
  /** rule, person or agreement; null while it is open. */
  decided_by: string | null;
  payload: Buffer;
}

/** Past events that are routed again to one target, see routing/replay/runReplays.ts. */
export interface ReplaysTable {
  tenant: string;
  id: string;
  /** Id of the target connection. */
  target: string;
  /** Null for all routes to the target. */
  route: string | null;
  /** running, done, stopped or failed. */
  state: string;
  /** JSON: which events, see routing/replay/pastEvents.ts. No personal value. */
  filter: string;
  /** Deliveries that it may create in a minute. */
  per_minute: number;
  /** Sequence of the last event that was handled. */
  position: number;
  /** Sequence of the last event that it handles. */
  through: number;
  /** JSON: what became of the events so far, see routing/replay/planReplay.ts. */
  counts: string;
  /** Why it failed. Never a personal value. */
  message: string | null;
  created_at: number;
  updated_at: number;
  ended_at: number | null;
}
