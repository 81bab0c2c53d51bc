import type { CandidateView, NoticeView, PanelLabels } from "@sidelight/panel/index.ts";
import { Avatar } from "@zendeskgarden/react-avatars";
import { Button } from "@zendeskgarden/react-buttons";
import { Icon } from "./Icon.tsx";
import { RequestId } from "./RequestId.tsx";

interface Props {
  notice: NoticeView;
  labels: PanelLabels;
  onAction: (kind: "retry" | "reload") => void;
}

export function Notice({ notice, labels, onAction }: Props) {
  const { action } = notice;
  return (
    <section className={`notice notice-${notice.tone}`}>
      <h2>
        <Icon name={notice.icon} />
        <bdi>{notice.title}</bdi>
      </h2>
      <p>
        <bdi>{notice.text}</bdi>
      </p>
      {notice.lines.length > 0 && (
        <ul aria-label={labels.searched}>
          {notice.lines.map(({ key, text }) => (
            <li key={key}>
              <bdi>{text}</bdi>
            </li>
          ))}
        </ul>
      )}
      {action && (
        <Button size="small" aria-disabled={action.disabled} onClick={() => action.disabled || onAction(action.kind)}>
          {action.label}
        </Button>
      )}
      {notice.requestId && (
        <p className="small">
          <RequestId id={notice.requestId} labels={labels} />
        </p>
      )}
    </section>
  );
}

export function Candidates({
  candidates,
  label,
  onChoose,
}: {
  candidates: CandidateView[];
  label: string;
  onChoose: (id: string) => void;
}) {
  return (
    <ul className="candidates" aria-label={label}>
      {candidates.map((candidate) => (
        <li key={candidate.id}>
          <Avatar
            size="small"
            backgroundColor="background.emphasis"
            foregroundColor="foreground.onEmphasis"
            aria-hidden="true"
            aria-live="off"
          >
            <Avatar.Text>{candidate.initials || "?"}</Avatar.Text>
          </Avatar>
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
            <Button size="small" onClick={() => onChoose(candidate.id)}>
              <bdi>{candidate.chooseLabel}</bdi>
            </Button>
          </div>
        </li>
      ))}
    </ul>
  );
}
