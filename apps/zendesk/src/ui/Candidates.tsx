import type { CandidateView } from "@sidelight/panel/index.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { useRef } from "react";
import { Avatar } from "./elements.tsx";
import { focusTargets, useFocusReturn } from "./focus.ts";
import { GardenTheme } from "./GardenTheme.tsx";

export function Candidates({
  candidates,
  label,
  onChoose,
}: {
  candidates: CandidateView[];
  label: string;
  onChoose: (id: string) => void;
}) {
  const box = useRef<HTMLUListElement>(null);
  useFocusReturn(box, focusTargets.heading);
  return (
    <GardenTheme>
      <ul ref={box} className="candidates" aria-label={label}>
        {candidates.map((candidate) => (
          <li key={candidate.id}>
            <Avatar initials={candidate.initials} isSmall />
            <div className="candidate-who">
              <h3 title={candidate.label}>
                <bdi>{candidate.label}</bdi>
              </h3>
              <dl className="rows">
                {candidate.facts.map(({ key, label: name, text }) => (
                  <div className="row" key={key}>
                    <dt>{name}</dt>
                    <dd>
                      <bdi>{text}</bdi>
                    </dd>
                  </div>
                ))}
              </dl>
              {candidate.hint && (
                <p className="small">
                  <bdi>{candidate.hint}</bdi>
                </p>
              )}
              <Button size="small" onClick={() => onChoose(candidate.id)}>
                <bdi>{candidate.chooseLabel}</bdi>
              </Button>
            </div>
          </li>
        ))}
      </ul>
    </GardenTheme>
  );
}
