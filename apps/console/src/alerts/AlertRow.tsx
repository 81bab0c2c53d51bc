import type { Alert } from "@sidelight/contracts/connections/alert.ts";
import { useEffect, useRef } from "react";
import type { PageProps } from "../session/session.ts";
import { Badge } from "../ui/Badge.tsx";
import { Ago } from "../ui/Moment.tsx";
import type { Change } from "../ui/useChange.ts";
import { AlertButtons } from "./AlertButtons.tsx";
import { AlertFacts } from "./AlertFacts.tsx";
import { kindWords, pageOf, severityTones, severityWords } from "./words.ts";

interface Props extends PageProps {
  alert: Alert;
  /** True for the alert of the address. */
  isOpen: boolean;
  change: Change;
  onChanged: (alert: Alert) => void;
}

/** One alert: what happened, what to do next, and where. */
export function AlertRow({ session, alert, isOpen, change, onChanged }: Props) {
  const { id, kind, severity, message, nextAction, since, closedAt, count, subject, runbook, acknowledgedAt } = alert;
  const page = pageOf(alert);
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isOpen) row.current?.scrollIntoView({ block: "center" });
  }, [isOpen]);
  return (
    <li ref={row} className={isOpen ? "row row-open alert" : "row alert"} data-id={id}>
      <div className="alert-head">
        <Badge tone={closedAt === null ? severityTones[severity] : "neutral"}>{severityWords[severity]}</Badge>
        <a className="alert-title" href={`#/alerts/${encodeURIComponent(id)}`}>
          {kindWords(kind)}
        </a>
        {subject && <span className="muted">{subject}</span>}
        {acknowledgedAt !== null && closedAt === null && <Badge>Acknowledged</Badge>}
        {isMuted(alert) && <Badge>Muted</Badge>}
        <span className="muted small">
          {count > 1 && `${count.toLocaleString()} · `}
          {closedAt === null ? (
            <>
              since <Ago at={since} />
            </>
          ) : (
            <>
              closed <Ago at={closedAt} />
            </>
          )}
        </span>
      </div>
      <p className="alert-text">{message}</p>
      {closedAt === null && <p className="next">{nextAction}</p>}
      <div className="alert-actions">
        {closedAt === null && page && <a href={page.href}>{page.text}</a>}
        <a href={runbook} target="_blank" rel="noreferrer" aria-label={`Runbook: ${kindWords(kind)}`}>
          Runbook
        </a>
        {!isOpen && (
          <a href={`#/alerts/${encodeURIComponent(id)}`} aria-label={`Details: ${kindWords(kind)} ${subject}`}>
            Details
          </a>
        )}
        {closedAt === null && <AlertButtons {...{ session, alert, change, onChanged }} />}
      </div>
      {isOpen && <AlertFacts alert={alert} />}
    </li>
  );
}

const isMuted = ({ mutedUntil, closedAt }: Alert): boolean => mutedUntil !== null && closedAt === null;
