import { type QualityDimension, type QualityReport, qualityDimensions } from "@sidelight/contracts/quality/quality.ts";
import type { Measurement } from "./measurements.ts";
import { type FoundProblem, problemsOf, suggestionsPath } from "./problems.ts";
import { dimensionScores, weightedScore } from "./scores.ts";

type Change = QualityReport["better"][number];

/** Smaller changes of a score are rounding. */
const minPoints = 0.1;

/** What became better or worse between two measurements. */
export function compareMeasurements(
  current: Measurement,
  previous: Measurement | null,
  labelOf: (connection: string) => string,
): Pick<QualityReport, "score" | "previousScore" | "better" | "worse"> {
  const scores = scoresOf(current);
  if (!previous) return { score: scores.score, previousScore: null, better: [], worse: [] };
  const earlier = scoresOf(previous);
  const scoreChanges = (["score", ...qualityDimensions] as const).flatMap((name) =>
    scoreChange(name, earlier[name], scores[name]),
  );
  // Measurements of earlier releases did not count suggestions.
  const isCompared = ({ id }: FoundProblem): boolean =>
    !id.startsWith(suggestionsPath) || previous.totals.suggestions !== undefined;
  const changes = [
    ...scoreChanges,
    ...problemChanges(problemsOf(current.totals, labelOf).filter(isCompared), problemsOf(previous.totals, labelOf)),
  ];
  const part = (isBetter: boolean): Change[] =>
    changes.filter((change) => change.isBetter === isBetter).map(({ isBetter: _, ...change }) => change);
  return { score: scores.score, previousScore: earlier.score, better: part(true), worse: part(false) };
}

type DirectedChange = Change & { isBetter: boolean };

const scoresOf = ({ totals }: Measurement): Record<QualityDimension | "score", number | null> => {
  const scores = dimensionScores(totals);
  return { score: weightedScore(scores), ...scores };
};

const nameOf = {
  score: "The score",
  completeness: "Completeness",
  consistency: "Consistency",
  duplicates: "Duplicates",
  freshness: "Freshness",
};

function scoreChange(id: keyof typeof nameOf, previous: number | null, current: number | null): DirectedChange[] {
  if (previous === null || current === null || Math.abs(current - previous) < minPoints) return [];
  const direction = current > previous ? "rose" : "fell";
  return [
    {
      id,
      text: `${nameOf[id]} ${direction} from ${previous} to ${current} points.`,
      previous,
      current,
      isBetter: current > previous,
    },
  ];
}

/** The number of records with each problem. */
function problemChanges(current: readonly FoundProblem[], previous: readonly FoundProblem[]): DirectedChange[] {
  const earlier = new Map(previous.map((problem) => [problem.id, problem]));
  const present = new Map(current.map((problem) => [problem.id, problem]));
  return [...new Set([...present.keys(), ...earlier.keys()])].flatMap((id) => {
    const [count, earlierCount] = [present.get(id)?.count ?? 0, earlier.get(id)?.count ?? 0];
    const problem = present.get(id) ?? earlier.get(id);
    if (count === earlierCount || !problem) return [];
    const text = `${titleOf(problem)}: ${count} instead of ${earlierCount}.`;
    return [{ id, text, previous: earlierCount, current: count, isBetter: count < earlierCount }];
  });
}

/** A problem in a few words. */
export function titleOf({
  id,
  dimension,
  connection,
  object,
  field,
}: Pick<FoundProblem, "id" | "dimension" | "connection" | "object" | "field">): string {
  if (id.startsWith(suggestionsPath))
    return id.endsWith("person") ? "pairs of people that may be one" : "pairs of companies that may be one";
  const place = connection === null ? "customers" : `${connection} ${object} records`;
  if (dimension === "completeness") return `${place} without ${field}`;
  if (dimension === "consistency") return `${place} whose platforms differ in ${field}`;
  return dimension === "duplicates" ? `duplicate ${place}` : `stale ${place}`;
}
