import { ofKind, type StoredRecord } from "@sidelight/model/records.ts";
import { maxHolders } from "../identity/clusterRecord.ts";
import { compareCompanyNames } from "../identity/companyNames.ts";
import type { TenantLog } from "../log/log.ts";
import { openReader, type Reader } from "../log/reader.ts";
import { yieldToEventLoop } from "../resilience/yieldToEventLoop.ts";
import { chunks } from "../store/chunks.ts";
import type { Statement } from "../store/statement.ts";
import { deleteStrike, listStrikesAfter, loadStrikes, type StrikeRow, saveStrike } from "../store/tables/identityStrikes.ts";
import { listHolders } from "../store/tables/projections.ts";
import {
  listIdentifierRows,
  listSharedIdentifiers,
  loadIdentifiersOf,
  type SharedIdentifier,
} from "../store/tables/sharedIdentifiers.ts";

/** Why an identifier joins no records. */
export type StrikeReason = "role" | "configured" | "over_cap" | "contested" | "unrelated";

/** Changed records that are noted. After more of them, all identifiers are looked at again. */
const maxNoted = 20_000;
const chunkSize = 200;
const scanPage = 1_000;

/** The records that changed since the last look; null when that is not known. */
interface ChangeNotes {
  keys: Set<string> | null;
  running: Promise<void> | null;
}

const notesByLog = new WeakMap<TenantLog["keys"], ChangeNotes>();

/** Notes what changes from the first call on, once for each tenant of the process. */
function notesOf(log: TenantLog): ChangeNotes {
  const existing = notesByLog.get(log.keys);
  if (existing) return existing;
  const notes: ChangeNotes = { keys: null, running: null };
  notesByLog.set(log.keys, notes);
  log.onInvalidated(({ changes, isEverything }) => {
    for (const { key } of changes) notes.keys?.add(key);
    if (isEverything || (notes.keys?.size ?? 0) > maxNoted) notes.keys = null;
  });
  return notes;
}

/**
 * Brings the table of strikes up to date. Its cost grows with what changed since the last call of this process; the first call looks at
 * all identifiers, page by page.
 */
export async function refreshStrikes(log: TenantLog): Promise<void> {
  const notes = notesOf(log);
  // Another caller refreshes already: what changed since then is in the next refresh.
  await notes.running;
  const changedKeys = notes.keys;
  if (changedKeys?.size === 0) return;
  notes.keys = new Set();
  const run = refresh(log, changedKeys).catch((error: unknown) => {
    notes.keys = null;
    throw error;
  });
  notes.running = run.catch(() => {});
  await run;
}

async function refresh(log: TenantLog, changedKeys: ReadonlySet<string> | null): Promise<void> {
  const { store } = log;
  const identifiers =
    changedKeys === null
      ? (await listHeldBySeveral(log)).union(await listStruck(log))
      : await loadIdentifiersOf(store, [...changedKeys]);
  for (const chunk of chunks([...identifiers], chunkSize)) {
    await yieldToEventLoop();
    const statements = await strikeChanges(log, chunk);
    if (statements.length > 0) await log.append({ statements, correlationId: "strikes" });
  }
}

async function listHeldBySeveral({ store }: TenantLog): Promise<Set<string>> {
  const sharedIdentifiers = new Set<string>();
  for (let last = { identifier: "", key: "" }; ; ) {
    await yieldToEventLoop();
    const rows = await listIdentifierRows(store, last, scanPage);
    for (const { identifier, key } of rows) {
      if (identifier === last.identifier) sharedIdentifiers.add(identifier);
      last = { identifier, key };
    }
    if (rows.length < scanPage) return sharedIdentifiers;
  }
}

async function listStruck({ store }: TenantLog): Promise<Set<string>> {
  const struckIdentifiers = new Set<string>();
  for (let last = ""; ; ) {
    const rows = await listStrikesAfter(store, last, scanPage);
    for (const { identifier } of rows) struckIdentifiers.add(identifier);
    if (rows.length < scanPage) return struckIdentifiers;
    last = rows.at(-1)?.identifier ?? "";
  }
}

const nameOf = ({ identifier, kind }: Pick<StrikeRow, "identifier" | "kind">): string => `${identifier} ${kind}`;

async function strikeChanges(log: TenantLog, identifiers: readonly string[]): Promise<Statement[]> {
  const { store } = log;
  const sharedIdentifiers = await listSharedIdentifiers(store, { limit: 2 * identifiers.length, offset: 0 }, identifiers);
  const previousRows = new Map((await loadStrikes(store, identifiers)).map((row) => [nameOf(row), row]));
  const statements: Statement[] = [];
  for (const entry of sharedIdentifiers) {
    const previous = previousRows.get(nameOf(entry));
    previousRows.delete(nameOf(entry));
    const reason = await reasonOf(log, entry);
    const row = { ...entry, reason, is_recorded: previous?.is_recorded ?? 0 };
    const isSame = previous?.holders === row.holders && previous.reason === reason && previous.key === row.key;
    if (!isSame) statements.push(saveStrike(store, row));
  }
  return [...statements, ...[...previousRows.values()].map((row) => deleteStrike(store, row))];
}

async function reasonOf(log: TenantLog, { identifier, kind, holders }: SharedIdentifier): Promise<StrikeReason> {
  if (kind === "role_email") return "role";
  if (kind.startsWith("ignored_")) return "configured";
  if (holders > maxHolders) return "over_cap";
  if (kind !== "domain") return "contested";
  const keys = await listHolders(log.store, identifier, null, maxHolders);
  return (await areUnrelated(openReader(log), keys)) ? "unrelated" : "contested";
}

/** True when two of the companies are two customers of different names, of different groups. */
async function areUnrelated(reader: Reader, keys: readonly string[]): Promise<boolean> {
  const companies = ofKind(await reader.records(keys), "company");
  const nodes = await reader.nodesOf(keys);
  const parents = new Map(companies.map(({ ref, edges }) => [ref, edges.find(({ rel }) => rel === "parent")?.to]));
  const groups = new Map(companies.map(({ ref }) => [ref, topOf(ref, parents)]));
  const isPair = (a: StoredRecord<"company">, b: StoredRecord<"company">): boolean =>
    nodes.get(a.key) !== nodes.get(b.key) &&
    groups.get(a.ref) !== groups.get(b.ref) &&
    compareCompanyNames(a.data.name, b.data.name) === "different";
  return companies.some((a, i) => companies.slice(i + 1).some((b) => isPair(a, b)));
}

/** The company at the top of a group, as far as these companies show it. */
function topOf(ref: string, parents: ReadonlyMap<string, string | undefined>): string {
  let top = ref;
  for (let level = 0; level < parents.size; level++) top = parents.get(top) ?? top;
  return top;
}
