import { queriesOf } from "../queries.ts";
import type { CompanyFiguresTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

/** Digests of the figures that were reported last, by the node of the company. */
export async function loadFigureDigests(store: TenantStore, nodes: readonly string[]): Promise<Map<string, string>> {
  if (nodes.length === 0) return new Map();
  const rows = await queriesOf(store).from("company_figures").select(["node", "digest"]).where("node", "in", nodes).execute();
  return new Map(rows.map(({ node, digest }) => [node, digest]));
}

export const saveFigureDigest = (
  store: TenantStore,
  { node, digest, updated_at }: Omit<CompanyFiguresTable, "tenant">,
): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("company_figures", { node, digest, updated_at })
      .onConflict((c) => c.columns(["tenant", "node"]).doUpdateSet({ digest, updated_at })),
  );
