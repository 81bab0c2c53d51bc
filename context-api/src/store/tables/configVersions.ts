import { parse, stringify } from "yaml";
import { TenantConfig } from "../../config/schema.ts";
import type { Activation, TenantVersion } from "../../config/versions.ts";
import { queriesOf } from "../queries.ts";
import type { ConfigVersionsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

// The configurations that a tenant has used. Instants are epoch ms.

export interface VersionFilter {
  limit: number;
  offset?: number;
  /** Last activated at or after this instant. */
  since?: number | undefined;
  origin?: string | undefined;
}

/** Newest first: the active version, or the last one that was, leads. */
export async function listVersions(
  store: TenantStore,
  { limit, offset = 0, since, origin }: VersionFilter,
): Promise<Omit<ConfigVersionsTable, "text">[]> {
  let query = queriesOf(store)
    .from("config_versions")
    .select(["tenant", "version", "since", "origin"])
    // Others were stored and not activated yet.
    .where("since", ">", 0)
    .orderBy("since", "desc")
    .orderBy("version")
    .limit(limit)
    .offset(offset);
  if (since !== undefined) query = query.where("since", ">=", since);
  if (origin !== undefined) query = query.where("origin", "=", origin);
  return await query.execute();
}

/** Null for a version that was never active. */
export async function findVersion(store: TenantStore, version: string): Promise<ConfigVersionsTable | null> {
  const row = await queriesOf(store).from("config_versions").selectAll().where("version", "=", version).executeTakeFirst();
  return row ?? null;
}

/** A version that was active before; null for one that never was. @throws {z.ZodError} if this release cannot read it */
export async function storedVersion(store: TenantStore, version: string): Promise<TenantVersion | null> {
  const row = await findVersion(store, version);
  return row && { version, config: TenantConfig.parse(parse(row.text)) };
}

/** Stores a version that is about to become active. One that was active before keeps its time. */
export const insertVersion = (store: TenantStore, { version, config }: TenantVersion): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("config_versions", { version, text: textOf(config), since: 0, origin: "change" })
      .onConflict((c) => c.columns(["tenant", "version"]).doNothing()),
  );

const textOf = (config: TenantConfig): string => stringify(config, { aliasDuplicateObjects: false });

/** Records that a version becomes active. */
export function recordVersion(store: TenantStore, { version, config }: TenantVersion, { since, origin }: Activation): Statement {
  const text = textOf(config);
  return toStatement(
    queriesOf(store)
      .insertInto("config_versions", { version, text, since, origin })
      .onConflict((c) => c.columns(["tenant", "version"]).doUpdateSet({ since, origin })),
  );
}
