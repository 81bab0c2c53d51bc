import type { Overview } from "@sidelight/contracts/overview/overview.ts";
import { changesBetween } from "../../config/diff.ts";
import { findApiKeyRow } from "../../store/tables/apiKeys.ts";
import { listAuditEntries } from "../../store/tables/auditEntries.ts";
import { listVersions, storedVersion } from "../../store/tables/configVersions.ts";
import type { TenantStore } from "../../store/tenantStore.ts";
import { configVersionView } from "../config/configVersionView.ts";

type LastChange = NonNullable<Overview["configuration"]>;

const maxChanges = 20;
const maxLength = 120;
/** A change is in the audit at most this long before its version is active. */
const auditMs = 60_000;

/** The active version, with what it changed; null before the first one. */
export async function lastConfigChange(store: TenantStore): Promise<LastChange | null> {
  const [current, earlier] = await listVersions(store, { limit: 2 });
  if (!current) return null;
  const view = configVersionView(current);
  const verb = verbs[view.origin];
  const author = verb === undefined ? null : await keyOf(store, verb, current.since);
  const change = { ...view, previous: earlier?.version ?? null, by: author };
  const [next, previous] = await Promise.all([readVersion(store, current.version), readVersion(store, earlier?.version)]);
  const changes = next && previous ? changesBetween(previous, next) : [];
  return {
    ...change,
    changes: changes.slice(0, maxChanges).map(({ path, previous: previousVersion, next: nextVersion }) => ({
      path: path.join("."),
      before: shown(previousVersion),
      after: shown(nextVersion),
    })),
    changeCount: changes.length,
  };
}

/** Null for a version that this release cannot read. */
async function readVersion(store: TenantStore, version: string | undefined): Promise<unknown> {
  if (version === undefined) return null;
  return (await storedVersion(store, version).catch(() => null))?.config ?? null;
}

/** What a person does in the console or with the API. */
const verbs: Partial<Record<LastChange["origin"], string>> = { rollback: "config.rollback", change: "config.change" };

async function keyOf(store: TenantStore, verb: string, since: number): Promise<string | null> {
  const [entry] = await listAuditEntries(store, { limit: 1, offset: 0, verb, since: since - auditMs });
  if (!entry) return null;
  return (await findApiKeyRow(store, entry.key_id))?.label || entry.key_id;
}

function shown(setting: unknown): string | null {
  if (setting === undefined) return null;
  const text = typeof setting === "string" ? setting : JSON.stringify(setting);
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}
