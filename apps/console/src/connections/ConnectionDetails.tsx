import type { ConnectionStatus } from "@sidelight/contracts/connections/connection.ts";
import { Badge } from "../ui/Badge.tsx";
import { Facts } from "../ui/Facts.tsx";
import { Ago, Moment } from "../ui/Moment.tsx";
import { durationWords } from "../ui/moments.ts";
import { Part } from "../ui/Part.tsx";
import { Table } from "../ui/Table.tsx";
import { counted, percent } from "../ui/words.ts";
import { breakerTones, breakerWords, kindWords, streamStateTones, streamStateWords } from "./words.ts";

interface Props {
  connection: ConnectionStatus;
}

/** Streams, circuit breakers, quotas, webhooks and missing fields of a connection. */
export const ConnectionDetails = ({ connection }: Props) => (
  <>
    <Streams connection={connection} />
    <Breakers connection={connection} />
    <Quotas connection={connection} />
    <Webhooks connection={connection} />
    {connection.missing.length > 0 && (
      <Part title="Fields and objects that the account lacks">
        <p className="muted">Their values are empty. Create them, give our user access, or change the field mapping.</p>
        <ul className="bullets">
          {connection.missing.map((name) => (
            <li key={name}>
              <code>{name}</code>
            </li>
          ))}
        </ul>
      </Part>
    )}
  </>
);

const streamColumns = ["Stream", "State", { title: "Records", isNumber: true }, "Changes pulled up to", "Last pull", "Problem"];

const Streams = ({ connection: { streams } }: Props) => (
  <Part title="Streams">
    {streams.length === 0 ? (
      <p className="muted">Nothing is pulled from this platform.</p>
    ) : (
      <Table columns={streamColumns} isStacked>
        {streams.map(({ name, state, complete, records, coveredUntil, lastPullAt, passedOver, problem }) => (
          <tr key={name}>
            <td>{name}</td>
            <td>
              <Badge tone={streamStateTones[state]}>{streamStateWords[state]}</Badge>
            </td>
            <td className="number" data-label="Records">
              {records.toLocaleString()}
              {!complete && <span className="muted small value">not complete</span>}
            </td>
            <td data-label="Changes pulled up to">{coveredUntil ? <Ago at={coveredUntil} /> : "nothing yet"}</td>
            <td data-label="Last pull">{lastPullAt ? <Ago at={lastPullAt} /> : "never"}</td>
            <td>
              {problem !== null && <span className="status-problem value">{problem}</span>}
              {passedOver.map(({ reason, count, lastAt }) => (
                <span key={reason} className="muted small value">
                  {counted(count, "record")} passed over: {reason}, last <Ago at={lastAt} />
                </span>
              ))}
            </td>
          </tr>
        ))}
      </Table>
    )}
  </Part>
);

/** Those that need attention; the others on request. */
function Breakers({ connection: { breaker } }: Props) {
  const breakers = Object.entries(breaker);
  const [quiet, loud] = [breakers.filter(isQuiet), breakers.filter((entry) => !isQuiet(entry))];
  return (
    <Part title="Circuit breakers">
      {breakers.length === 0 && <p className="muted">No call was made yet.</p>}
      {loud.length > 0 && <BreakerTable breakers={loud} />}
      {quiet.length > 0 && (
        <details>
          <summary>
            {loud.length === 0 ? "All" : "The other"} {quiet.length.toLocaleString()} are closed
          </summary>
          <BreakerTable breakers={quiet} />
        </details>
      )}
    </Part>
  );
}

type Breaker = [kind: string, breaker: ConnectionStatus["breaker"][string]];
const isQuiet = ([, { state, failures }]: Breaker): boolean => state === "closed" && failures === 0;

const BreakerTable = ({ breakers }: { breakers: readonly Breaker[] }) => (
  <Table columns={["Kind of call", "State", "Failures since success", "Next probe", "Problem"]} isStacked>
    {breakers.map(([kind, { state, since, failures, nextProbeAt, problem }]) => (
      <tr key={kind}>
        <td>{kindWords(kind)}</td>
        <td>
          <Badge tone={breakerTones[state]}>{breakerWords[state]}</Badge>
          {since && (
            <span className="muted small value">
              since <Ago at={since} />
            </span>
          )}
        </td>
        <td data-label="Failures since success">{failures.toLocaleString()}</td>
        <td {...(nextProbeAt && { "data-label": "Next probe" })}>{nextProbeAt && <Ago at={nextProbeAt} />}</td>
        <td>
          <span className="value">{problem}</span>
        </td>
      </tr>
    ))}
  </Table>
);

function Quotas({ connection: { quota, monthlyEvents } }: Props) {
  const quotas = Object.entries(quota);
  return (
    <Part title="Quotas">
      {quotas.length === 0 && !monthlyEvents && <p className="muted">The platform has reported no limit yet.</p>}
      {quotas.length > 0 && (
        <Table columns={["Quota", "Left", "Window", "Forecast"]} isStacked>
          {quotas.map(([name, { limit, remaining, windowSeconds, blockedUntil, runsOutAt }]) => (
            <tr key={name}>
              <td>{name}</td>
              <td data-label="Left">
                {Math.floor(remaining).toLocaleString()} of {limit.toLocaleString()}
                <meter
                  className="meter"
                  aria-label={`Left of ${name}`}
                  min={0}
                  max={1}
                  low={0.25}
                  value={limit > 0 ? remaining / limit : 0}
                />
              </td>
              <td data-label="Window">{durationWords(windowSeconds * 1_000)}</td>
              <td>
                {blockedUntil ? (
                  <span className="status-problem">
                    The platform refuses calls until <Moment at={blockedUntil} />
                  </span>
                ) : remaining < 1 ? (
                  <span className="caution">Used up. Calls wait for the next window</span>
                ) : runsOutAt ? (
                  <span className="caution">
                    Used up <Ago at={runsOutAt} /> if its use goes on
                  </span>
                ) : (
                  <span className="muted">Lasts for its window</span>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {monthlyEvents && (
        <Facts
          facts={{
            Month: monthlyEvents.month,
            "Events sent": `${monthlyEvents.sent.toLocaleString()} of ${monthlyEvents.limit.toLocaleString()} (${percent(monthlyEvents.sent / monthlyEvents.limit)})`,
            "Begins again": <Moment at={monthlyEvents.resetsAt} />,
            Forecast: monthlyEvents.runsOutAt ? <Ago at={monthlyEvents.runsOutAt} /> : "lasts for the month",
          }}
        />
      )}
    </Part>
  );
}

const Webhooks = ({ connection: { webhooks } }: Props) => (
  <Part title="Webhooks">
    <Facts
      facts={{
        "Last one": webhooks.lastReceivedAt ? <Moment at={webhooks.lastReceivedAt} /> : "none yet",
        "Events in 24 hours": webhooks.lastDay.toLocaleString(),
        "Changes that a pull found first, in 24 hours": webhooks.foundByPulls.toLocaleString(),
      }}
    />
  </Part>
);
