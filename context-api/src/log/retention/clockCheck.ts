import { SidelightError } from "@sidelight/model/errors.ts";
import { receivedAround } from "../../store/tables/events.ts";
import type { TenantStore } from "../../store/tenantStore.ts";

/** The clock disagrees with the events, so that what looks old may be new. The message is shown to the operator. */
export class RetentionRefusedError extends SidelightError {
  override readonly name = "RetentionRefusedError";

  constructor(message: string) {
    super(message, { code: "retention_refused", stage: "prune" });
  }
}

const dayMs = 86_400_000;
const action =
  "Nothing was deleted. Check the clock of this machine; if it is right, start Sidelight once with serve --accept-clock.";

/**
 * A clock that was set wrong would delete everything. It is plausible if the newest event is near, and if events are near on both
 * sides of the cutoff: a clock that jumped leaves a hole there, also when new events carry the wrong time.
 * @param maxGapMs longest time without an event
 * @throws {RetentionRefusedError}
 */
export async function requirePlausibleClock(
  store: TenantStore,
  { cutoff, now, maxGapMs }: { cutoff: number; now: number; maxGapMs: number },
): Promise<void> {
  const { newest, lastBefore, firstAfter } = await receivedAround(store, cutoff);
  if (newest === null) return;
  if (newest - now > dayMs)
    throw new RetentionRefusedError(`The clock is ${days(newest - now)} days before the newest event. ${action}`);
  if (now - newest > maxGapMs) throw new RetentionRefusedError(`The newest event is ${days(now - newest)} days old. ${action}`);
  if (lastBefore !== null && firstAfter !== null && firstAfter - lastBefore > maxGapMs)
    throw new RetentionRefusedError(`There is no event in the ${days(firstAfter - lastBefore)} days around the limit. ${action}`);
}

const days = (ms: number): number => Math.round(ms / dayMs);
