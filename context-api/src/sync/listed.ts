import type { RecordInput, StoredRecord } from "@sidelight/model/records.ts";
import { goneRecord } from "@sidelight/platform-kit/gone.ts";
import type { Page, Stream } from "@sidelight/platform-kit/platform.ts";
import { openReader } from "../log/reader.ts";
import type { Statement } from "../store/statement.ts";
import { type AlertKey, closeAlert, findOpenAlert, openAlert } from "../store/tables/alerts.ts";
import { listObservedRecords } from "../store/tables/observedRecords.ts";
import type { SyncTools } from "./syncTools.ts";

type Listed = NonNullable<Page["listed"]>;

/** A listing without so many of the stored records is more often a fault or a lost permission than a deletion. */
const maxMissing = 10;
const maxMissingShare = 0.1;
/** After this long an implausible listing that still looks the same is believed. */
const disbeliefMs = 3 * 86_400_000;

/** What a complete listing of a stream's objects shows to be gone. */
export interface ListingResult {
  /** Deletions of the stored records that the listing lacked. */
  gone: RecordInput[];
  /** False when the listing lacked too many records to be believed. It vouches for no value then. */
  isPlausible: boolean;
  statements: Statement[];
}

/** Compares a listing with the stored records. The records of its pages must be committed: it was observed what it contained. */
export async function compareListing(
  stream: Stream,
  { log, connection, clock }: Pick<SyncTools, "log" | "connection" | "clock">,
  listing: Listed,
): Promise<ListingResult> {
  const { startedAt, changedSince, unreadable = [] } = listing;
  const storedRecords = await listObservedRecords(log.store, {
    connection: connection.id,
    objects: stream.objects,
    changedSince,
  });
  const unreadableKeys = new Set(unreadable.map(log.key));
  const missingRecords = storedRecords.filter(({ key, observed_at }) => observed_at < startedAt && !unreadableKeys.has(key));
  const alert: AlertKey = { kind: "records_missing", connection: connection.id, subject: stream.name };
  const now = clock.now();
  // The clock was set back while the list was read: what the list contained seems to be older than the list.
  if (startedAt > now) return { gone: [], isPlausible: false, statements: [] };
  if (isImplausible(missingRecords.length, storedRecords.length)) {
    const open = await findOpenAlert(log.store, alert);
    if (open === null || now - open.opened_at < disbeliefMs) {
      const message = messageOf(stream, missingRecords.length, storedRecords.length);
      return {
        gone: [],
        isPlausible: false,
        statements: [openAlert(log.store, { ...alert, severity: "warning", message }, now)],
      };
    }
  }
  const records = await openReader(log).records(missingRecords.map(({ key }) => key));
  return {
    gone: records.map((record) => deletionOf(record, startedAt)),
    isPlausible: true,
    statements: [closeAlert(log.store, alert, now)],
  };
}

function isImplausible(missingCount: number, storedCount: number): boolean {
  if (missingCount === 0) return false;
  return missingCount === storedCount || missingCount > Math.max(maxMissing, storedCount * maxMissingShare);
}

const messageOf = ({ name }: Stream, missingCount: number, storedCount: number): string =>
  `The last list of ${name} lacks ${missingCount} of ${storedCount} stored records, so none was deleted. Check the permissions of the ` +
  "connection. When the list stays like this for three days, the missing records are deleted.";

const deletionOf = ({ ref, data, connection, edges }: StoredRecord, observedAt: number): RecordInput => ({
  ...goneRecord({ ref, data, connection, observedAt }),
  edges,
});
