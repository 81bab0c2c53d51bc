import { withdrawalsOf } from "@sidelight/model/purposes.ts";
import type { PersonData, RecordData } from "@sidelight/model/records.ts";

/** What {@link changeType} returns, without `imported`. */
export const pulledChanges: ReadonlySet<string> = new Set([
  ...["created", "updated", "deleted", "reopened", "closed_won", "closed_lost", "owner_changed", "opted_out", "opted_in"],
  ...["status_changed", "priority_changed", "organization_changed", "requester_changed"],
]);

/**
 * The last part of the event type for a change that no webhook reported. The words are those of the webhooks, so that an event that
 * was lost on the way and is found by a pull is the same event.
 */
export function changeType(
  previous: RecordData | null,
  next: RecordData,
  { deleted, isNew, movedEdges }: { deleted: boolean; isNew: boolean; movedEdges: ReadonlySet<string> },
): string {
  if (deleted) return "deleted";
  if (previous === null) return isNew ? "created" : "imported";
  if (previous.kind === "ticket" && next.kind === "ticket") {
    if (previous.status !== next.status) return "status_changed";
    if (previous.priority !== next.priority) return "priority_changed";
    if (movedEdges.has("organization")) return "organization_changed";
    if (movedEdges.has("requester")) return "requester_changed";
  }
  if (previous.kind === "opportunity" && next.kind === "opportunity" && previous.state !== next.state) {
    return next.state === "open" ? "reopened" : `closed_${next.state}`;
  }
  if (previous.kind === "company" && next.kind === "company" && previous.owner?.id !== next.owner?.id) return "owner_changed";
  if (previous.kind === "person" && next.kind === "person") return consentChange(previous, next) ?? "updated";
  return "updated";
}

/** A purpose that was added to the withdrawals counts more than one that was removed. */
function consentChange(previous: PersonData, next: PersonData): "opted_out" | "opted_in" | null {
  // A record of an earlier release does not name its purposes.
  if (previous.optedOut && next.optedOut && !previous.withdrawals) return null;
  const [from, to] = [withdrawalsOf(previous), withdrawalsOf(next)];
  if (to.some((purpose) => !from.includes(purpose))) return "opted_out";
  return from.some((purpose) => !to.includes(purpose)) ? "opted_in" : null;
}

/** When the object was created at its source, epoch ms; null when its record does not contain it. */
export function createdAt(data: RecordData): number | null {
  const text = "createdAt" in data ? data.createdAt : data.kind === "rating" ? data.at : null;
  return text ? Date.parse(text) : null;
}
