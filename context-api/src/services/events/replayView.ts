import type { Replay } from "@sidelight/contracts/events/replay.ts";
import { countsOf, scopeOf } from "../../routing/replay/replayRow.ts";
import type { ReplaysTable } from "../../store/schema.ts";
import { iso, isoOrNull } from "../instant.ts";

export function replayView(row: ReplaysTable): Replay {
  const { target, route, type, source, since, until, hasHistory, isRepeat } = scopeOf(row);
  return {
    id: row.id,
    ...{ to: target, route, type, source, since: iso(since), until: isoOrNull(until) },
    ...{ history: hasHistory, again: isRepeat, perMinute: row.per_minute },
    state: row.state as Replay["state"],
    message: row.message,
    progress: row.state === "done" || row.through === 0 ? 1 : Math.min(1, row.position / row.through),
    counts: countsOf(row),
    startedAt: iso(row.created_at),
    updatedAt: iso(row.updated_at),
    endedAt: isoOrNull(row.ended_at),
  };
}
