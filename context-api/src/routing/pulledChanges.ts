import { pulledChanges } from "../log/changeTypes.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { hasPulledChange } from "../store/tables/events.ts";

// A platform sends several messages about one update, in any order, and each contains the whole object. The first brings the new
// version, but the others report changes too: an agent who solves a ticket with a comment causes `comment_added` and
// `status_changed`. What a pull found before its message arrived was routed then.

/** How much earlier than the message the platform's own modification time may be. */
const maxDelayMs = 2_000;
/** A pull takes what is older for history, see `log/writer/append.ts`. */
const maxAgeMs = 86_400_000;

/** True for a type of change that a pull reports too. */
export const isPulledChange = (type: string): boolean => pulledChanges.has(type.slice(type.lastIndexOf(".") + 1));

/** True when an event without a newer version of its object reports a change that a pull found before, or an old one. */
export async function wasPulled({ store }: TenantLog, event: LoggedEvent): Promise<boolean> {
  const { payload, key, type, sequence, timestamp, received_at } = event;
  if (!payload?.carriedRecord || !isPulledChange(type)) return false;
  if (timestamp < received_at - maxAgeMs) return true;
  const since = type.endsWith(".created") ? 0 : timestamp - maxDelayMs;
  return await hasPulledChange(store, { key, type, before: sequence }, since);
}
