import { canonicalValue } from "@sidelight/model/canonicalValue.ts";
import { type ChangedMember, changedMembers, edgeMembers } from "@sidelight/model/changedMembers.ts";
import type { Clock } from "@sidelight/model/clock.ts";
import { anyValue, creationKey, unforeseenValue, wholeWrite } from "../deliveries/writtenValues.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { openReader } from "../log/reader.ts";
import { valueHash } from "../security/keyring.ts";
import { ownPlatform } from "../signals/derived.ts";
import type { WrittenValuesTable } from "../store/schema.ts";
import type { Statement } from "../store/statement.ts";
import { existingDeliveries } from "../store/tables/deliveries.ts";
import { listWrittenValues, saveWrittenValue, supersedeWrittenValues } from "../store/tables/writtenValues.ts";

// An incoming change that equals what a delivery wrote is our own echo, whichever way it comes in. Every event is compared with
// `written_values`: by the values that its message reports, or by the difference to the previous version of its record. The author
// of what a message without values reports is read from the platform.

/** Whose change an event reports. */
export interface Origin {
  /** `partly_own`: the event also reports changes of someone else. */
  of: "own" | "partly_own" | "foreign";
  /** Members of the record that we wrote, with a leading slash. */
  ownMembers: readonly string[];
  /** Number of deliveries that may have led to this change; 0 when none wrote to its object shortly before. */
  hops: number;
  statements: readonly Statement[];
}

export interface Echoes {
  /** Reads what was written to the objects of a batch of events. */
  open(events: readonly LoggedEvent[]): Promise<(event: LoggedEvent, options: OriginOptions) => Promise<Origin>>;
}

interface OriginOptions {
  /** False when no route takes the event: then the platform is not asked. */
  isRouted: boolean;
}

export interface EchoDeps {
  log: TenantLog;
  clock: Clock;
  signal: AbortSignal;
  /** Asks the platform of an event whether the newest change at its time was ours; false when it does not answer. */
  isOwnChange(event: LoggedEvent): Promise<boolean>;
}

const minuteMs = 60_000;
/** Platforms keep their events for up to 72 hours. */
const ttlMs = 72 * 60 * minuteMs;
/** Difference between our clock and the platform's. */
const maxSkewMs = 5 * minuteMs;
/** A message without values may report a write that was sent or answered this shortly before or after. */
const reportWindowMs = 30_000;
/** An attempt without an answer may still have arrived. */
const unansweredMs = 60 * minuteMs;
/** A change of an object this soon after our write may be its consequence, by an automation of the platform. */
const consequenceMs = minuteMs;
/** The same for what the platform computes on a schedule: cohorts are exported every half hour. */
const scheduledConsequenceMs = 120 * minuteMs;
/** How long an event of a creation waits for the answer to our own creation of such an object. */
const maxWaitMs = 10_000;
const pollMs = 100;

/** Of a change that no delivery wrote. */
export const foreign: Origin = { of: "foreign", ownMembers: [], hops: 0, statements: [] };

export function openEchoes({ log, clock, signal, isOwnChange }: EchoDeps): Echoes {
  const { store } = log;
  const pendingKey = ({ connection, platform, object }: LoggedEvent) => creationKey(log, connection, `${platform}.${object}`);

  async function read(keys: readonly string[]): Promise<Map<string, WrittenValuesTable[]>> {
    const rows = await listWrittenValues(store, [...new Set(keys)], clock.now() - ttlMs);
    return Map.groupBy(rows, ({ key }) => key);
  }

  /** Rows of the event's object, once no creation of such an object is in progress. */
  async function readAfterCreations(event: LoggedEvent, pending: readonly WrittenValuesTable[]): Promise<WrittenValuesTable[]> {
    // By the monotonic clock: after a step back of the system's time the event seems to be in the future.
    const waitMs = Math.min(maxWaitMs, event.received_at + maxWaitMs - clock.now());
    const deadline = clock.monotonic() + waitMs;
    for (let waitingWrites = pending; ; ) {
      const isInProgress = waitingWrites.some(({ sent_at }) => sent_at > clock.now() - reportWindowMs);
      if (!isInProgress || clock.monotonic() >= deadline) break;
      await clock.sleep(pollMs, signal);
      waitingWrites = (await read([pendingKey(event)])).get(pendingKey(event)) ?? [];
    }
    return (await read([event.key])).get(event.key) ?? [];
  }

  async function originOf(
    event: LoggedEvent,
    writtenValues: readonly WrittenValuesTable[],
    options: OriginOptions,
  ): Promise<Origin> {
    if (await isOwnCreation(event, writtenValues)) return { ...foreign, of: "own" };
    if (writtenValues.length === 0) return foreign;
    const hops = hopsOf(event, writtenValues);
    const changes = await changesOf(event);
    const isUnmatched = { ...foreign, hops };
    if (changes.length === 0) return (await isOwnReport(event, writtenValues, options)) ? { ...foreign, of: "own" } : isUnmatched;
    const ownChangesOfEvent = ownChanges(changes, writtenValues, event);
    const theirs = changes.filter((change) => !ownChangesOfEvent.includes(change));
    const statements = theirs.flatMap(({ name }) =>
      writtenValues.some(({ field }) => field === name)
        ? [supersedeWrittenValues(store, { key: event.key, field: name, sentBefore: event.timestamp, delivery: null })]
        : [],
    );
    if (ownChangesOfEvent.length === 0) return { ...isUnmatched, statements };
    const ownMembers = ownChangesOfEvent.flatMap(({ name }) => (name.startsWith("/") ? [name] : []));
    return theirs.length === 0 ? { ...foreign, of: "own" } : { of: "partly_own", ownMembers, hops, statements };
  }

  async function isOwnCreation(
    { type, payload, key }: LoggedEvent,
    writtenValues: readonly WrittenValuesTable[],
  ): Promise<boolean> {
    if (!type.endsWith(".created")) return false;
    if (writtenValues.some((row) => row.is_creation === 1 && row.key === key)) return true;
    const data = payload?.record?.data;
    const delivery = data && "createdBy" in data ? data.createdBy : undefined;
    return delivery !== undefined && (await existingDeliveries(store, [delivery])).size > 0;
  }

  /** What an event reports as changed: fields of its message, and members of its record. Empty when it names only its object. */
  async function changesOf(event: LoggedEvent): Promise<Change[]> {
    const { payload } = event;
    const fields = (payload?.reported ?? []).map(([name, hash]): Change => ({ name, hash }));
    const record = payload?.record;
    // Some events carry a record beside their object, such as a membership of a user.
    if (!record || record.ref !== payload.ref) return record ? [...fields, otherObject] : fields;
    if (record.deleted) return [...fields, otherObject];
    const [previous] = await openReader(log, { at: event.sequence - 1 }).records([event.key]);
    const members = changedMembers(previous?.data ?? null, record.data);
    const edges = previous ? changedMembers(edgeMembers(previous.edges), edgeMembers(record.edges), "/edges") : [];
    return [...fields, ...[...members, ...edges].map(hashed)];
  }

  const hashOf = (value: unknown): string => valueHash(log.keys, canonicalValue(value));
  const emptyHash = hashOf(null);

  function hashed({ name, value, added }: ChangedMember): Change {
    // A list that only lost values is reported as empty.
    return { name, hash: hashOf(value), ...(added && { added: added.length > 0 ? added.map(hashOf) : [emptyHash] }) };
  }

  /** For an event that shows no changed value. Only one that is near to one of our writes to its object costs a call. */
  async function isOwnReport(
    event: LoggedEvent,
    writtenValues: readonly WrittenValuesTable[],
    { isRouted }: OriginOptions,
  ): Promise<boolean> {
    const { timestamp, type, payload } = event;
    // Names a change that another message brought: deliveries write no status, priority or organization.
    if (payload?.carriedRecord) return false;
    const near = writtenValues.filter(
      ({ sent_at, settled_at }) =>
        timestamp >= sent_at - reportWindowMs && timestamp <= (settled_at ?? sent_at + reportWindowMs) + reportWindowMs,
    );
    // Platforms report parts of a creation too: Zendesk `identity_created` of a new user.
    if (type.endsWith("_created") && near.some(({ is_creation }) => is_creation === 1)) return true;
    return near.length > 0 && isRouted && (await isOwnChange(event));
  }

  return {
    async open(events) {
      const writtenByKey = await read(events.flatMap((event) => [event.key, ...(isCreation(event) ? [pendingKey(event)] : [])]));
      return async (event, options) => {
        const pending = isCreation(event) ? (writtenByKey.get(pendingKey(event)) ?? []) : [];
        const rows = pending.length > 0 ? await readAfterCreations(event, pending) : (writtenByKey.get(event.key) ?? []);
        return await originOf(event, rows, options);
      };
    },
  };
}

/** Represents the delivery that a stopped route did not make, so that the next change of the object counts as its consequence too. */
export const stopMarker = (
  { store }: TenantLog,
  { key, route, hops, now }: { key: string; route: string; hops: number; now: number },
): Statement =>
  saveWrittenValue(store, {
    ...{ key, field: wholeWrite, delivery: `stopped ${route}`, hashes: "[]", is_creation: 0, hops: hops - 1 },
    ...{ sent_at: now, settled_at: now, superseded_at: null },
  });

interface Change {
  name: string;
  hash: string;
  /** Of the values that were added to a list. */
  added?: string[];
}

/** A change that no delivery writes. */
const otherObject: Change = { name: "other", hash: "" };

const isCreation = ({ type }: LoggedEvent): boolean => type.endsWith(".created");

/** The changes that deliveries wrote. A derived change counts only beside one that was written. */
function ownChanges(changes: readonly Change[], writtenValues: readonly WrittenValuesTable[], event: LoggedEvent): Change[] {
  const ownPart = changes.filter((change) => writtenValues.some((row) => isReportOf(row, change, event)));
  if (ownPart.length === 0) return [];
  const isDerived = ({ name }: Change) =>
    writtenValues.some(({ field, hashes }) => field === name && formsOf(hashes).includes(anyValue));
  return changes.filter((change) => ownPart.includes(change) || isDerived(change));
}

const formsOf = (hashes: string): string[] => JSON.parse(hashes) as string[];

/** True when the change is the platform's report of this written value. */
function isReportOf(row: WrittenValuesTable, { name, hash, added }: Change, { timestamp, schema_version }: LoggedEvent): boolean {
  if (row.field !== name || row.field === wholeWrite) return false;
  const forms = formsOf(row.hashes);
  const isUnforeseen = forms.includes(unforeseenValue);
  if (!isUnforeseen && !forms.includes(hash) && !added?.every((element) => forms.includes(element))) return false;
  if (timestamp < row.sent_at - maxSkewMs) return false;
  if (row.superseded_at !== null && timestamp > row.superseded_at + reportWindowMs) return false;
  const end = row.settled_at ?? row.sent_at + unansweredMs;
  if (isUnforeseen) return timestamp <= end + reportWindowMs;
  // A pull reports the record's last change, which may be a later one of a field that it does not store.
  return schema_version === 1 || timestamp <= end + maxSkewMs;
}

function hopsOf({ timestamp, platform, payload }: LoggedEvent, writtenValues: readonly WrittenValuesTable[]): number {
  // Sidelight's own events are computed from the events of platforms.
  if (platform === ownPlatform) return 0;
  const isScheduled = payload?.record != null && payload.record.ref !== payload.ref;
  const window = isScheduled ? scheduledConsequenceMs : consequenceMs;
  const recent = writtenValues.filter(({ sent_at }) => sent_at >= timestamp - window);
  return Math.max(0, ...recent.map(({ hops }) => hops + 1));
}
