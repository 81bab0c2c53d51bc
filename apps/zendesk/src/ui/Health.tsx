import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import type { ScoreView, SectionView } from "@sidelight/panel/index.ts";
import { Icon } from "./Icon.tsx";

interface Props {
  section: SectionView;
  score: ScoreView;
  onEvidence: (name: SectionName) => void;
}

export function Health({ section, score, onEvidence }: Props) {
  return (
    <div className="health">
      <p className="visually-hidden">{score.sentence}</p>
      {(score.value !== null || score.trend) && (
        <div className="score" aria-hidden="true">
          {score.value !== null && (
            <div className="track">
              <div className={`fill fill-${score.tone}`} style={{ inlineSize: `${score.value}%` }} />
            </div>
          )}
          {score.trend && (
            <span className="quiet trend">
              {score.arrow && <Icon name={score.arrow} />}
              <bdi>{score.trend}</bdi>
            </span>
          )}
        </div>
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
