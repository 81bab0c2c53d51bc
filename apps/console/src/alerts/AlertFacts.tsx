import type { Alert } from "@sidelight/contracts/connections/alert.ts";
import { Facts } from "../ui/Facts.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Table } from "../ui/Table.tsx";
import { labelWords } from "../ui/words.ts";

/** Everything else about an alert: its cause, its times, and the messages about it. */
export function AlertFacts({ alert }: { alert: Alert }) {
  const { id, cause, since, openedAt, closedAt, reopenings, acknowledgedAt, acknowledgedBy, mutedUntil, notifications } = alert;
  return (
    <>
      <Facts
        facts={{
          Cause: cause,
          "Cause began": <Moment at={since} />,
          Opened: <Moment at={openedAt} />,
          Closed: closedAt && <Moment at={closedAt} />,
          "Came back": reopenings > 0 && `${reopenings} times`,
          Acknowledged: acknowledgedAt && (
            <>
              <Moment at={acknowledgedAt} /> by {acknowledgedBy}
            </>
          ),
          "Muted until": mutedUntil && <Moment at={mutedUntil} />,
          Alert: <span className="id">{id}</span>,
        }}
      />
      {notifications.length === 0 ? (
        <p className="muted small">No message about it was sent.</p>
      ) : (
        <Table columns={["Message", "Channel", "State", "When"]} isStacked>
          {notifications.map(({ channel, kind, state, at, problem }) => (
            <tr key={`${channel} ${kind} ${at}`}>
              <td>{labelWords(kind)}</td>
              <td data-label="Channel">{labelWords(channel)}</td>
              <td>
                {labelWords(state)}
                {problem !== null && <span className="status-problem small value">{problem}</span>}
              </td>
              <td>
                <Moment at={at} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}
