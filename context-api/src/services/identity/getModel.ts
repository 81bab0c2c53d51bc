import type { IdentityModel } from "@sidelight/contracts/identity/model.ts";
import { iso } from "../instant.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { useConfidence } from "./checkRecord.ts";
import { matchesOf } from "./matches.ts";

/** Confidence from which a pair is suggested. */
const suggestConfidence = 0.2;

/** The model that scored the suggestions: how much each agreement and each contradiction is worth. */
export const getModel = defineService("identify", async ({ served }: ServiceContext): Promise<IdentityModel> => {
  const { matched, matchedAt } = await matchesOf(served);
  const { version, source, pairs, comparisons } = matched.model;
  const fittedAt = source === "fitted" ? iso(matchedAt) : null;
  return {
    ...{ version, source, fittedAt, pairs },
    comparisons: comparisons.map(({ name, levels }) => ({
      name,
      levels: levels.slice(1).map(({ label, m, u }) => ({ label, m, u, weight: Number(Math.log2(m / u).toFixed(2)) })),
    })),
    thresholds: { automatic: useConfidence, suggest: suggestConfidence },
    versions: [{ version, source, fittedAt }],
  };
});
