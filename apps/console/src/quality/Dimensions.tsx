import { type Quality, type QualityDimension, qualityDimensions } from "@sidelight/contracts/quality/quality.ts";

const words: Readonly<Record<QualityDimension, { title: string; text: string }>> = {
  completeness: { title: "Completeness", text: "Fields that have a value" },
  consistency: { title: "Consistency", text: "Values that agree across platforms" },
  duplicates: { title: "Duplicates", text: "Records without a second one" },
  freshness: { title: "Freshness", text: "Records within their age limit" },
};

/** The score, and the four dimensions that make it. */
export function Dimensions({ quality: { score, previousScore, dimensions } }: { quality: Quality }) {
  return (
    <dl className="scores">
      <Score title="Score" text="All dimensions, weighted" score={score} previous={previousScore} isMain />
      {qualityDimensions.map((name) => (
        <Score key={name} {...words[name]} {...(dimensions[name] ?? { score: null, previous: null })} />
      ))}
    </dl>
  );
}

interface ScoreProps {
  title: string;
  text: string;
  score: number | null;
  previous: number | null;
  isMain?: boolean;
}

function Score({ title, text, score, previous, isMain = false }: ScoreProps) {
  return (
    <div className={isMain ? "score score-main" : "score"}>
      <dt>{title}</dt>
      <dd>
        <strong>{score === null ? "–" : score.toLocaleString()}</strong>
        {score !== null && <span className="muted small"> of 100</span>}
        <Change score={score} previous={previous} />
        <progress aria-hidden="true" max={100} value={score ?? 0} />
        <span className="muted small">{score === null ? "Nothing to measure" : text}</span>
      </dd>
    </div>
  );
}

function Change({ score, previous }: Pick<ScoreProps, "score" | "previous">) {
  if (score === null || previous === null) return null;
  const points = Math.round((score - previous) * 10) / 10;
  if (points === 0) return <span className="muted small change">no change in a week</span>;
  const words = `${points > 0 ? "+" : "−"}${Math.abs(points).toLocaleString()} in a week`;
  return <span className={`small change ${points > 0 ? "good" : "caution"}`}>{words}</span>;
}
