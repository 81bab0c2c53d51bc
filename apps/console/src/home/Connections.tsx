import type { ConnectionOverview } from "@sidelight/contracts/overview/overview.ts";
import type { Session } from "../session/session.ts";
import { Ago } from "../ui/Moment.tsx";
import { Table } from "../ui/Table.tsx";
import type { Change } from "../ui/useChange.ts";
import { useNow } from "../ui/useNow.ts";
import { ActionButtons } from "./ActionButtons.tsx";
import { effectWords, quotaWords, stateWords } from "./words.ts";

interface Props {
  session: Session;
  connections: readonly ConnectionOverview[];
  change: Change;
}

const columns = ["Platform", "Oldest data", "Last success", "Webhooks", "Quota left", { title: "Next action", isHidden: true }];

/** A row for each connection: its state, what panels still show, and what to do. */
export function Connections({ session, connections, change }: Props) {
  return (
    <section aria-labelledby="connections">
      <h2 id="connections">Connections</h2>
      <Table columns={columns} isStacked>
        {connections.map((connection) => (
          <Row key={connection.id} session={session} connection={connection} change={change} />
        ))}
      </Table>
    </section>
  );
}

function Row({ session, connection, change }: { session: Session; connection: ConnectionOverview; change: Change }) {
  const now = useNow();
  const { id, label, state, since, oldestDataAt, lastSuccessAt, webhooks, openBreakers, waitingDeliveries } = connection;
  const isBroken = state === "failing" || state === "invalid_credentials";
  return (
    <tr className={`connection connection-${state}`}>
      <td>
        <span className="connection-name">
          <span className={`dot dot-${state}`} aria-hidden="true" />
          <a href={`#/connections/${encodeURIComponent(id)}`}>{label}</a>{" "}
          <span className="connection-state">{stateWords[state]}</span>
          {since && (
            <span className="muted small">
              {state === "paused" ? "" : "since "}
              <Ago at={since} />
            </span>
          )}
        </span>
        <Why connection={connection} />
        {isBroken && <p className="small effect">{effectWords(connection, now)}</p>}
        {openBreakers.length > 0 && (
          <p className="small muted">
            Circuit breaker open: {openBreakers.slice(0, 4).join(", ")}
            {openBreakers.length > 4 && ` and ${openBreakers.length - 4} more`}
          </p>
        )}
        {waitingDeliveries > 0 && (
          <p className="small muted">
            <a href={`#/deliveries?state=waiting&target=${encodeURIComponent(id)}`}>
              {waitingDeliveries.toLocaleString()} {waitingDeliveries === 1 ? "delivery waits" : "deliveries wait"}
            </a>
          </p>
        )}
      </td>
      <td data-label="Oldest data">{oldestDataAt ? <Ago at={oldestDataAt} /> : <span className="muted">–</span>}</td>
      <td data-label="Last success">{lastSuccessAt ? <Ago at={lastSuccessAt} /> : <span className="muted">none yet</span>}</td>
      <td data-label="Webhooks">
        {webhooks === null ? (
          <span className="muted">none</span>
        ) : webhooks.isSilent ? (
          <span className="caution">silent</span>
        ) : webhooks.lastReceivedAt ? (
          <Ago at={webhooks.lastReceivedAt} />
        ) : (
          <span className="muted">none in a day</span>
        )}
      </td>
      <td data-label="Quota left">
        <Quota quota={connection.quota} now={now} />
      </td>
      <td className="connection-actions">
        <ActionButtons session={session} connection={connection} change={change} />
      </td>
    </tr>
  );
}

function Why({ connection: { problem, nextAction } }: { connection: ConnectionOverview }) {
  if (problem === null && nextAction === null) return null;
  return (
    <div className="connection-why small">
      {problem && <p>{problem}</p>}
      {nextAction && <p className="muted">{nextAction.text}</p>}
    </div>
  );
}

function Quota({ quota, now }: { quota: ConnectionOverview["quota"]; now: number }) {
  if (quota === null) return <span className="muted">–</span>;
  const { text, detail, isLow } = quotaWords(quota, now);
  return (
    <span className={isLow ? "caution" : undefined} title={`${quota.name}: ${quota.remaining} of ${quota.limit}`}>
      {text}
      {detail && <span className="small quota-detail">{detail}</span>}
    </span>
  );
}
