import type { ProblemGroup } from "@sidelight/contracts/overview/overview.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { deniedText, type Session } from "../session/session.ts";
import { addressOf } from "../ui/address.ts";
import { Badge } from "../ui/Badge.tsx";
import { Ago } from "../ui/Moment.tsx";
import type { Change } from "../ui/useChange.ts";

interface Props {
  session: Session;
  problems: readonly ProblemGroup[];
  change: Change;
}

const severities = {
  critical: { tone: "danger", text: "Critical" },
  warning: { tone: "warning", text: "Warning" },
  info: { tone: "neutral", text: "Info" },
} as const;

/** Open problems, one for each cause. */
export function Problems({ session, problems, change }: Props) {
  return (
    <section aria-labelledby="open-problems">
      <h2 id="open-problems">
        Open problems <span className="muted">{problems.length > 0 && problems.length}</span>
      </h2>
      {problems.length === 0 ? (
        <p className="muted">None.</p>
      ) : (
        <ul className="rows">
          {problems.map((problem) => (
            <Problem key={problem.id} session={session} problem={problem} change={change} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Problem({ session, problem, change }: { session: Session; problem: ProblemGroup; change: Change }) {
  const { severity, title, count, firstAt, lastAt, nextAction, retry, alerts } = problem;
  const isDenied = !session.rights.operate;
  const label = count === 1 ? "Retry it" : `Retry all ${count.toLocaleString()}`;
  const [alert] = alerts;
  const retryAll = (): void => {
    if (!retry) return;
    const { source, type, cause } = retry;
    const filter = { source, ...(type !== undefined && { type }), ...(cause !== undefined && { cause }) };
    void change.run(`${label}…`, async () => {
      const { retried } = await session.run((client) => client.retryDeliveries(filter));
      return `${retried.toLocaleString()} ${retried === 1 ? "delivery is" : "deliveries are"} tried again.`;
    });
  };
  return (
    <li className="row home-problem">
      <div>
        <p>
          <Badge tone={severities[severity].tone}>{severities[severity].text}</Badge>{" "}
          <strong className="problem-title">{title}</strong>
        </p>
        <p className="small">{nextAction}</p>
        <p className="small muted">
          {count > 1 && `${count.toLocaleString()} times, `}first <Ago at={firstAt} />
          {lastAt && lastAt !== firstAt && (
            <>
              , last <Ago at={lastAt} />
            </>
          )}
        </p>
      </div>
      <div className="buttons">
        {retry && (
          <Button
            size="small"
            isPrimary
            disabled={isDenied || change.isBusy}
            title={isDenied ? deniedText : undefined}
            onClick={retryAll}
          >
            {label}
          </Button>
        )}
        {retry ? (
          <a href={deadLetterAddress(problem)}>Show them</a>
        ) : (
          alert && <a href={`#/alerts/${encodeURIComponent(alert)}`}>Show the alert</a>
        )}
      </div>
    </li>
  );
}

const deadLetterAddress = ({ retry }: ProblemGroup): string =>
  addressOf("deliveries", {
    state: "dead_letter",
    target: retry?.source ?? "",
    cause: retry?.cause ?? "",
    route: retry?.type ?? "",
  });
