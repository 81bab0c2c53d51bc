import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import type { ScoreView, SectionView, SparklineView } from "@sidelight/panel/index.ts";
import { Icon } from "./Icon.tsx";

interface Props {
  section: SectionView;
  score: ScoreView;
  onEvidence: (name: SectionName) => void;
}

export function Health({ section, score, onEvidence }: Props) {
  return (
    <div className="health">
      <p className="visually-hidden">
        {score.sentence}
        {score.provisional && `. ${score.provisional}`}
        {section.sparkline && `. ${section.sparkline.text}`}
      </p>
      {section.otherDrivers.length > 0 ? (
        <details className="reckoning">
          <summary>
            <Bar score={score} history={section.sparkline} />
            <span className="visually-hidden">{section.driversTitle}</span>
            <Icon name="chevron" />
          </summary>
          <Reckoning section={section} />
        </details>
      ) : (
        <Bar score={score} history={section.sparkline} />
      )}
      <ul className="drivers" aria-label={section.driversTitle}>
        {section.drivers.map((driver) => {
          const evidence = driver.section;
          const words = (
            <>
              <span className={`points tone-${driver.tone}`} aria-hidden="true">
                {driver.points}
              </span>
              <bdi className="driver-text">{driver.text}</bdi>
              <span className="visually-hidden">, {driver.pointsText}</span>
            </>
          );
          return (
            <li key={driver.key}>
              {evidence ? (
                <button type="button" onClick={() => onEvidence(evidence)} title={driver.evidenceText}>
                  {words}
                  <span className="visually-hidden">. {driver.evidenceText}</span>
                </button>
              ) : (
                <span>{words}</span>
              )}
            </li>
          );
        })}
      </ul>
      {section.missing.map(({ key, text }) => (
        <p key={key} className="quiet small">
          <bdi>{text}</bdi>
        </p>
      ))}
    </div>
  );
}

/** Decoration: the sentence says the same. */
const Bar = ({ score, history }: { score: ScoreView; history: SparklineView | null }) => (
  <span className="score" aria-hidden="true">
    {score.value !== null && (
      <span className="track">
        <span className={`fill fill-${score.tone}`} style={{ inlineSize: `${score.value}%` }} />
      </span>
    )}
    {/* In place of the history, whose scores are made of more inputs: so nothing moves. */}
    {score.provisional && <bdi className="provisional">{score.provisional}</bdi>}
    {/* Its place is there before it is loaded, so that nothing moves. */}
    {score.value !== null && !score.provisional && (
      <span className="history">{history && <HistoryLine history={history} />}</span>
    )}
    {score.trend && !score.provisional && (
      <span className="quiet trend">
        {score.arrow && <Icon name={score.arrow} />}
        <bdi>{score.trend}</bdi>
      </span>
    )}
  </span>
);

const HistoryLine = ({ history }: { history: SparklineView }) => (
  <svg viewBox={history.viewBox} aria-hidden="true" focusable="false">
    <path className="line" d={history.line} />
    <circle cx={history.last.x} cy={history.last.y} r="2" />
  </svg>
);

/** What the score starts at, and the reasons that are not among the strongest: with them the points add up. */
const Reckoning = ({ section }: { section: SectionView }) => (
  <>
    {section.sparkline && (
      <p className="quiet small">
        <bdi>{section.sparkline.text}</bdi>
      </p>
    )}
    <p className="quiet small">
      <bdi>{section.driversTitle}</bdi>
    </p>
    <ul className="drivers">
      {section.otherDrivers.map(({ key, text, points, pointsText }) => (
        <li key={key}>
          <span className="quiet">
            <span className="points" aria-hidden="true">
              {points}
            </span>
            <bdi className="driver-text">{text}</bdi>
            <span className="visually-hidden">, {pointsText}</span>
          </span>
        </li>
      ))}
    </ul>
  </>
);
