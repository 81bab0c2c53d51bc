import type { RecordData } from "@sidelight/model/records.ts";

/**
 * The last part of the event type for a change that no webhook reported. The words are those of the webhooks, so that an event that
 * was lost on the way and is found by a pull is the same event.
 */
export function changeType(
  previous: RecordData | null,
  next: RecordData,
  { deleted, isNew }: { deleted: boolean; isNew: boolean },
): string {
  if (deleted) return "deleted";
  if (previous === null) return isNew ? "created" : "imported";
  if (previous.kind === "ticket" && next.kind === "ticket") {
    if (previous.status !== next.status) return "status_changed";
    if (previous.priority !== next.priority) return "priority_changed";
  }
  if (previous.kind === "opportunity" && next.kind === "opportunity" && previous.state !== next.state) {
    return next.state === "open" ? "reopened" : `closed_${next.state}`;
  }
  if (previous.kind === "company" && next.kind === "company" && previous.owner?.id !== next.owner?.id) return "owner_changed";
  if (previous.kind === "person" && next.kind === "person" && previous.optedOut !== next.optedOut) {
    return next.optedOut ? "opted_out" : "opted_in";
  }
  return "updated";
}

/** When the object was created at its source, epoch ms; null when its record does not contain it. */
export function createdAt(data: RecordData): number | null {
  const text = "createdAt" in data ? data.createdAt : data.kind === "rating" ? data.at : null;
  return text ? Date.parse(text) : null;
}
