import type { SectionView, SparklineView } from "@sidelight/panel/index.ts";
import { changedClass } from "./changedClass.ts";
import { Icon } from "./Icon.tsx";

export function Usage({ section }: { section: SectionView }) {
  const { sparkline, meters, steps } = section;
  return (
    <>
      {sparkline && <Sparkline sparkline={sparkline} />}
      {meters && (
        <div className={`block ${changedClass(meters)}`}>
          <h4>{meters.title}</h4>
          <ul className="meters">
            {meters.items.map(({ key, label, share, text }) => (
              <li key={key}>
                <span className="meter-label" title={label}>
                  <bdi>{label}</bdi>
                </span>
                <span className="track" aria-hidden="true">
                  <span className="fill" style={{ inlineSize: `${share * 100}%` }} />
                </span>
                <span className="meter-text">{text}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {steps && (
        <div className={`block ${changedClass(steps)}`}>
          <h4>
            <bdi>{steps.title}</bdi>
          </h4>
          <ol className="steps">
            {steps.items.map(({ key, label, done, isUnknown, doneText }) => (
              <li key={key} className={done ? "done" : ""}>
                <Icon name={done ? "check" : "dash"} />
                <bdi>{label}</bdi>
                <span className={isUnknown ? "quiet" : "visually-hidden"}> ({doneText})</span>
              </li>
            ))}
          </ol>
        </div>
      )}
    </>
  );
}

function Sparkline({ sparkline }: { sparkline: SparklineView }) {
  return (
    <figure className={`sparkline ${changedClass(sparkline)}`}>
      <svg viewBox={sparkline.viewBox} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <path className="area" d={sparkline.area} />
        <path className="line" d={sparkline.line} />
      </svg>
      <figcaption>
        <bdi>{sparkline.text}</bdi>
      </figcaption>
    </figure>
  );
}
