import type { TenantLog } from "../../log/log.ts";
import type { ReplayScope } from "../../routing/replay/planReplay.ts";
import { firstSequenceSince } from "../../store/tables/events.ts";

/** The sequence before the first event of a replay. History may have been imported at any time. */
export async function firstSequence(log: TenantLog, { since, hasHistory }: ReplayScope): Promise<number> {
  if (hasHistory) return 0;
  const first = await firstSequenceSince(log.store, since);
  return first === null ? log.head() : first - 1;
}
