import { closeAlert, openAlert } from "../store/tables/alerts.ts";
import { mappedFieldGone } from "./drift.ts";
import type { SyncTools } from "./syncTools.ts";

type Tools = Pick<SyncTools, "log" | "connection" | "clock">;

/** What each connection's mapping lacked after its last pull. */
const lastMissing = new WeakMap<Tools["connection"], ReadonlySet<string>>();

/** Opens an alert for each mapped field that the account lacks since the last pull, and closes those of fields that are back. */
export async function reportMissingFields({ log, connection, clock }: Tools): Promise<void> {
  const missingNames = new Set(connection.connector.missing?.() ?? []);
  const previous = lastMissing.get(connection) ?? new Set();
  const newlyMissing = missingNames.difference(previous);
  const returnedNames = previous.difference(missingNames);
  lastMissing.set(connection, missingNames);
  if (newlyMissing.size + returnedNames.size === 0) return;
  const now = clock.now();
  await log.commit({
    statements: [
      ...[...newlyMissing].map((subject) => openAlert(log.store, mappedFieldGone(connection.id, subject), now)),
      ...[...returnedNames].map((subject) => closeAlert(log.store, mappedFieldGone(connection.id, subject), now)),
    ],
    correlationId: "sync",
  });
}
