import type { Strike } from "@sidelight/contracts/identity/evidence.ts";
import type { Identifier } from "@sidelight/model/records.ts";
import { decisionsAbout } from "../../context/decisionsAbout.ts";
import { type CustomerKind, clusteringKinds, maxHolders } from "../../identity/clusterRecord.ts";
import { refreshStrikes } from "../../linking/strikes.ts";
import type { TenantLog } from "../../log/log.ts";
import { openReader, type Reader } from "../../log/reader.ts";
import { loadReceiptTimes } from "../../store/tables/events.ts";
import { listStrikeRows } from "../../store/tables/identityStrikes.ts";
import { listSharedIdentifiers, type SharedIdentifier } from "../../store/tables/sharedIdentifiers.ts";
import { iso } from "../instant.ts";
import { type MemberRecord, memberRecords } from "./customerView.ts";

/** Identifiers that join no records, those with most holders first, not masked. */
export async function listStrikeViews(log: TenantLog, page: { limit: number; offset: number }): Promise<Strike[]> {
  await refreshStrikes(log);
  return await strikeViews(log, await listStrikeRows(log.store, page));
}

/** Strikes that one customer's records hold, at most. */
const maxOfCustomer = 50;

/** The identifiers of a customer that join no records. */
export async function strikesOf(log: TenantLog, kind: CustomerKind, records: readonly MemberRecord[]): Promise<Strike[]> {
  const matching = records.flatMap(({ identifiers }) =>
    identifiers.filter((identifier) => identifier.kind in clusteringKinds[kind] || isConfigured(identifier)),
  );
  const hashes = [...new Set(matching.map(({ kind: name, value }) => log.identifier(name, value)))].slice(0, maxOfCustomer);
  if (hashes.length === 0) return [];
  return await strikeViews(log, await listSharedIdentifiers(log.store, { limit: maxOfCustomer, offset: 0 }, hashes));
}

async function strikeViews(log: TenantLog, entries: readonly SharedIdentifier[]): Promise<Strike[]> {
  const reader = openReader(log);
  const holders = new Map(
    memberRecords(await reader.records(entries.map(({ key }) => key))).map((record) => [record.key, record]),
  );
  const times = await loadReceiptTimes(
    log.store,
    entries.map(({ since }) => since),
  );
  const views: Strike[] = [];
  for (const entry of entries) {
    const { identifier: id, holders: count, since } = entry;
    const identifier = holders.get(entry.key)?.identifiers.find((i) => log.identifier(i.kind, i.value) === id);
    // The holder changed in between, or was erased.
    if (!identifier) continue;
    const kind = shownKind(entry.kind);
    const person = isConfigured(identifier) ? null : await deciderOf(reader, entry, identifier.value);
    const reason = isConfigured(identifier) ? "configured" : person === null ? reasonOf(entry) : "person";
    views.push({ id, kind, value: identifier.value, holders: count, reason, since: iso(times.get(since) ?? 0), by: person });
  }
  return views;
}

/** True for a value that the tenant's configuration names as no evidence. */
const isConfigured = ({ kind }: Identifier): boolean => kind === "role_email" || kind.startsWith("ignored_");

const shownKind = (kind: string): string => kind.replace(/^(role|ignored)_/, "");

const reasonOf = ({ kind, holders }: SharedIdentifier): Strike["reason"] => {
  if (kind === "role_email") return "role";
  return holders > maxHolders ? "over_cap" : "contested";
};

/** The API key whose decision keeps the holders apart; null when none did. */
async function deciderOf(reader: Reader, { kind, holders }: SharedIdentifier, value: string): Promise<string | null> {
  if (kind === "role_email" || holders > maxHolders) return null;
  const keys = await reader.holders(kind, value);
  const decisions = await decisionsAbout(reader, keys);
  const apart = decisions.find(
    ({ effect, sides }) =>
      effect !== "together" && effect !== "model" && sides.every((side) => side.some((key) => keys.includes(key))),
  );
  return apart?.decision.data.actor.id ?? null;
}
