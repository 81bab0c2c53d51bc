import type { IdentityModel } from "@sidelight/contracts/identity/model.ts";
import { shippedModel } from "../../identity/matching/model.ts";
import { automaticConfidence } from "../../identity/matching/suggestLinks.ts";
import { suggestConfidence } from "../../identity/matching/suggestPairs.ts";
import { ensureMatched } from "../../linking/matchTenant.ts";
import { maxVersions, newestModel } from "../../linking/models.ts";
import { listModels } from "../../store/tables/identityModels.ts";
import { iso } from "../instant.ts";
import { defineService, type ServiceContext } from "../service.ts";

/** The model that scores the suggestions: how much each agreement and each contradiction is worth, and its versions. */
export const getModel = defineService("identify", async ({ served }: ServiceContext): Promise<IdentityModel> => {
  const { log, clock, config } = served.tenant;
  await ensureMatched({ log, clock });
  const newest = await newestModel(log);
  const { version, source, pairs, comparisons } = newest?.model ?? shippedModel;
  const fitted = await listModels(log.store, maxVersions);
  return {
    ...{ version, source, fittedAt: newest && iso(newest.fittedAt), pairs },
    comparisons: comparisons.map(({ name, levels }) => ({
      name,
      levels: levels.slice(1).map(({ label, m, u }) => ({ label, m, u, weight: Number(Math.log2(m / u).toFixed(2)) })),
    })),
    mode: config.identity.automatic,
    thresholds: { automatic: automaticConfidence, suggest: Number(suggestConfidence.toFixed(4)) },
    versions: [
      ...fitted.map((row) => ({ version: row.version, source: "fitted" as const, fittedAt: iso(row.fitted_at) })),
      { version: shippedModel.version, source: "shipped", fittedAt: null },
    ],
  };
});
