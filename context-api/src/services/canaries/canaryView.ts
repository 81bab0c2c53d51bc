import type { Canary } from "@sidelight/contracts/config/canary.ts";
import { outcomeOf, settingsOf } from "../../routing/canary/canary.ts";
import type { CanariesTable } from "../../store/schema.ts";
import { iso, isoOrNull } from "../instant.ts";

export function canaryView(row: CanariesTable): Canary {
  const { promotes, ...settings } = settingsOf(row);
  return {
    id: row.id,
    version: row.version,
    base: row.base,
    state: row.state as Canary["state"],
    message: row.message,
    ...settings,
    promote: promotes,
    outcome: outcomeOf(row),
    startedAt: iso(row.created_at),
    endsAt: iso(row.ends_at),
    endedAt: isoOrNull(row.ended_at),
  };
}
