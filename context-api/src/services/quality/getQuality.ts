import { type Quality, type QualityDimension, qualityDimensions } from "@sidelight/contracts/quality/quality.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { dimensionScores, weightedScore } from "../../quality/scores.ts";
import type { QualityTotals } from "../../quality/totals.ts";
import { iso, isoOrNull } from "../instant.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { openProblems } from "./openProblems.ts";

/** The quality of all data, as measured last, compared with a week before. Refs that contain a personal value are masked by role. */
export const getQuality = defineService("events", async ({ served, actor }: ServiceContext): Promise<Quality> => {
  const measurement = await served.quality.current();
  const earlier = await served.quality.weekBefore(measurement);
  const { totals } = measurement;
  const scores = dimensionScores(totals);
  const earlierScores = earlier && dimensionScores(earlier.totals);
  const quality: Quality = {
    measuredAt: iso(measurement.measuredAt),
    comparedWith: isoOrNull(earlier?.measuredAt ?? null),
    score: weightedScore(scores),
    previousScore: earlierScores && weightedScore(earlierScores),
    counts: {
      ...{ people: totals.people, companies: totals.companies, records: totals.records },
      possibleDuplicates: totals.suggestions
        ? { people: totals.suggestions.person.open, companies: totals.suggestions.company.open }
        : null,
    },
    dimensions: Object.fromEntries(
      qualityDimensions.map((name) => [name, { score: scores[name], previous: earlierScores?.[name] ?? null }]),
    ) as Record<QualityDimension, { score: number | null; previous: number | null }>,
    fields: fieldsOf(totals),
    differences: differencesOf(totals),
    problems: await openProblems(served, measurement),
  };
  return maskDeep(quality, actor.rights).value;
});

const fieldsOf = ({ fields }: QualityTotals): Quality["fields"] =>
  Object.entries(fields)
    .map(([path, { filled, total }]) => {
      const [connection = "", object = "", field = ""] = path.split("/");
      return { connection, object, field, filled, total };
    })
    .sort((a, b) => (`${a.connection}/${a.object}` < `${b.connection}/${b.object}` ? -1 : 1));

const differencesOf = ({ differences }: QualityTotals): Quality["differences"] =>
  Object.entries(differences).map(([path, { compared, differing }]) => {
    const [kind = "", field = ""] = path.split("/");
    return { kind: kind === "company" ? "company" : "person", field, compared, differing };
  });
