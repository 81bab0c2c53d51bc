import type { Clock } from "@sidelight/model/clock.ts";
import type { EventInput } from "@sidelight/model/records.ts";
import { identityPlatform } from "../identity/decisions.ts";
import type { TenantLog } from "../log/log.ts";
import { listUnrecordedStrikes, markStrikeRecorded, type StrikeRow } from "../store/tables/identityStrikes.ts";
import { refreshStrikes, type StrikeReason } from "./strikes.ts";

const firstDelayMs = 2 * 60_000;
const intervalMs = 60_000;
const eventsPerCommit = 50;

/** Reasons that are recorded. What the configuration or the form of an address says is not new. */
const recordedReasons: readonly StrikeReason[] = ["over_cap", "contested", "unrelated"];

/** Keeps the table of strikes current, and records each new strike in the log, until the signal is aborted. */
export async function runStrikes({ log, clock }: { log: TenantLog; clock: Clock }, signal: AbortSignal): Promise<void> {
  await clock.sleep(firstDelayMs, signal).catch(() => {});
  while (!signal.aborted) {
    await refreshStrikes(log);
    await recordStrikes(log, clock.now(), signal);
    await clock.sleep(intervalMs, signal).catch(() => {});
  }
}

/** Appends `identity.struck` once for each identifier that was struck out. The event and its mark are one commit. */
async function recordStrikes(log: TenantLog, now: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const rows = await listUnrecordedStrikes(log.store, recordedReasons, eventsPerCommit);
    if (rows.length === 0) return;
    const events = rows.map((row) => struckEvent(row, now));
    const statements = rows.map((row) => markStrikeRecorded(log.store, row));
    await log.commit({ events, statements, correlationId: "strikes" });
  }
}

/** It names the identifier by its keyed hash, as GET /v1/identity/strikes does. */
function struckEvent({ identifier, kind, holders, reason, since }: StrikeRow, now: number): EventInput {
  const id = `struck_${identifier}_${since}`;
  const source = { platform: identityPlatform, connection: identityPlatform, object: "identifier" };
  return {
    ...source,
    type: "identity.struck",
    timestamp: now,
    ref: `${identityPlatform}.identifier:${identifier}`,
    // No customer is its subject: many hold the identifier.
    subject: `${identityPlatform}.identifier:all`,
    sourceIds: [id],
    sourceEventId: id,
    record: null,
    interaction: null,
    data: {
      ...{ decision: id, effect: null, sides: [[], []], confidence: null, modelVersion: null },
      actor: { kind: "rule", id: reason, role: null },
      ...{ identifier, kind, holders, reason },
    },
    isEcho: false,
  };
}
