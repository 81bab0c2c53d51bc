import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { parse, stringify } from "yaml";
import type { ConfigVersionsTable } from "../store/schema.ts";
import type { Statement } from "../store/statement.ts";
import type { TenantStore } from "../store/store.ts";
import { TenantConfig } from "./schema.ts";

/** A tenant's whole configuration, ready to be put to use. */
export interface TenantVersion {
  /** Names it in every answer and every delivery. The same for the same content, wherever that stands. */
  version: string;
  config: TenantConfig;
}

/** How a version came into use. */
export type Origin = "start" | "reload" | "rollback";

export interface Use {
  origin: Origin;
  /** Epoch ms. */
  since: number;
}

/** A use that begins now. Later than the one before, whatever the clock says: the last in use is found by it. */
export const newUse = (origin: Origin, now: number, before: number): Use => ({ origin, since: Math.max(now, before + 1) });

export const versionOf = (config: TenantConfig): TenantVersion => ({
  version: `v${createHash("sha256")
    .update(canonicalize(config) ?? "")
    .digest("hex")
    .slice(0, 8)}`,
  config,
});

/** A version that was put to use before; null for one that never was. @throws {z.ZodError} where this release can't read it */
export async function storedVersion(store: TenantStore, version: string): Promise<TenantVersion | null> {
  const row = await readVersion(store, version);
  return row && { version, config: TenantConfig.parse(parse(row.text)) };
}

export async function readVersion(store: TenantStore, version: string): Promise<ConfigVersionsTable | null> {
  const row = await store.from("config_versions").selectAll().where("version", "=", version).executeTakeFirst();
  return row ?? null;
}

export interface VersionFilter {
  limit: number;
  offset?: number;
  /** Last put to use since then, epoch ms. */
  since?: number | undefined;
  origin?: string | undefined;
}

/** Newest first: the one in use, or last used, leads. */
export async function listVersions(
  store: TenantStore,
  { limit, offset = 0, since, origin }: VersionFilter,
): Promise<Omit<ConfigVersionsTable, "text">[]> {
  let query = store
    .from("config_versions")
    .select(["tenant", "version", "since", "origin"])
    .orderBy("since", "desc")
    .orderBy("version")
    .limit(limit)
    .offset(offset);
  if (since !== undefined) query = query.where("since", ">=", since);
  if (origin !== undefined) query = query.where("origin", "=", origin);
  return await query.execute();
}

/** Notes that a version is in use. */
export function noteVersion(store: TenantStore, { version, config }: TenantVersion, use: Use): Statement {
  const text = stringify(config, { aliasDuplicateObjects: false });
  return store.statements
    .insertInto("config_versions")
    .values({ tenant: store.tenant, version, text, ...use })
    .onConflict((c) => c.columns(["tenant", "version"]).doUpdateSet({ ...use }))
    .compile();
}
