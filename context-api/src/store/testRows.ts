import type { DeliveriesTable } from "./schema.ts";

/** A delivery that waits and is due at 10, for tests. */
export const delivery = (id: string, changes: Partial<DeliveriesTable> = {}): Omit<DeliveriesTable, "tenant"> => ({
  id,
  route: "r",
  target: "zd",
  action: "note",
  event_id: `evt_${id}`,
  sequence: 1,
  subject: "s",
  name: null,
  state: "waiting",
  cause: null,
  message: null,
  attempts: 0,
  next_at: 10,
  created_at: 1,
  settled_at: null,
  sealed_ref: null,
  input_hash: null,
  config: "v1",
  purpose: null,
  payload: Buffer.alloc(0),
  ...changes,
});
