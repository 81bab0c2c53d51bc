import type { RecordData } from "@sidelight/model/records.ts";

/**
 * What a new version of a record says has happened, for a change that nobody told us of: the last part of the event's type.
 * The same words as the webhooks use, so that an event lost on the way and found by a pull is the same event.
 */
export function nameChange(
  before: RecordData | null,
  after: RecordData,
  { deleted, isNew }: { deleted: boolean; isNew: boolean },
): string {
  if (deleted) return "deleted";
  if (before === null) return isNew ? "created" : "imported";
  if (before.kind === "ticket" && after.kind === "ticket") {
    if (before.status !== after.status) return "status_changed";
    if (before.priority !== after.priority) return "priority_changed";
  }
  if (before.kind === "opportunity" && after.kind === "opportunity" && before.state !== after.state) {
    return after.state === "open" ? "reopened" : `closed_${after.state}`;
  }
  if (before.kind === "company" && after.kind === "company" && before.owner?.id !== after.owner?.id) return "owner_changed";
  if (before.kind === "person" && after.kind === "person" && before.optedOut !== after.optedOut) {
    return after.optedOut ? "opted_out" : "opted_in";
  }
  return "updated";
}

/** When the thing itself came to be, where its record tells; epoch ms. */
export function createdAt(data: RecordData): number | null {
  const text = "createdAt" in data ? data.createdAt : data.kind === "rating" ? data.at : null;
  return text ? Date.parse(text) : null;
}
