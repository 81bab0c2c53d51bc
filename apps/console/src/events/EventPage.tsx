import type { EventStage, EventWithTrace, RouteOutcome } from "@sidelight/contracts/events/event.ts";
import { useCallback } from "react";
import type { PageProps } from "../session/session.ts";
import { Badge } from "../ui/Badge.tsx";
import { Code } from "../ui/Code.tsx";
import { Facts } from "../ui/Facts.tsx";
import { Moment } from "../ui/Moment.tsx";
import { durationWords } from "../ui/moments.ts";
import { Part } from "../ui/Part.tsx";
import { Failed, Loading } from "../ui/states.tsx";
import { Table } from "../ui/Table.tsx";
import { useAnswer } from "../ui/useAnswer.ts";
import { outcomeTone, outcomeWords, stageWords } from "./words.ts";

interface Props extends PageProps {
  id: string;
}

/** One event: what it says, every stage that it passed, and what each route made of it. */
export function EventPage({ session, id }: Props) {
  const answer = useAnswer(
    useCallback((signal: AbortSignal) => session.run((client) => client.getEvent(id, { signal })), [session, id]),
  );
  return (
    <>
      <a className="back" href="#/events">
        ← All events
      </a>
      {answer.status === "loading" && <Loading />}
      {answer.status === "failed" && <Failed text={answer.problem} onRetry={answer.reload} />}
      {answer.status === "ready" && <Content event={answer.value} />}
    </>
  );
}

function Content({ event }: { event: EventWithTrace }) {
  const { eventType, interaction } = event;
  return (
    <>
      <div className="detail-head">
        <h2>{eventType}</h2>
        {interaction?.priority && <Badge>{interaction.priority}</Badge>}
      </div>
      {interaction?.description && (
        <blockquote className="notice">
          <bdi>{interaction.description}</bdi>
        </blockquote>
      )}
      <EventFacts event={event} />
      <Part title="Trace">
        <ol className="trace">
          {event.trace.map((stage) => (
            <Stage key={`${stage.stage} ${stage.detail} ${stage.at}`} stage={stage} receivedAt={event.receivedAt} />
          ))}
        </ol>
      </Part>
      <RouteOutcomes outcomes={event.routes} />
      <Part title="Content">
        <details>
          <summary>Data of the event, masked for your role</summary>
          <Code text={JSON.stringify(event.data, null, 2)} label="Data of the event" />
        </details>
      </Part>
    </>
  );
}

function EventFacts({ event }: { event: EventWithTrace }) {
  const { eventId, timestamp, receivedAt, sequence, correlationId, source, customer, context } = event;
  const value = context?.accountValue;
  return (
    <Facts
      facts={{
        Happened: <Moment at={timestamp} />,
        Received: <Moment at={receivedAt} />,
        Object: `${source.connection} ${source.objectType} ${source.objectId ?? "(not known any more)"}`,
        "Event id of the platform": source.sourceEventId && <span className="id">{source.sourceEventId}</span>,
        Customer: customer && <bdi>{customer.email ?? customer.company ?? customer.id}</bdi>,
        Company: customer?.email && customer.company && <bdi>{customer.company}</bdi>,
        "Earlier tickets at that time": context?.previousTickets?.toLocaleString(),
        "Account value at that time": value && `${value.amount.toLocaleString()} ${value.currency}`,
        "Last product use at that time": context?.lastProductUsage && <Moment at={context.lastProductUsage} />,
        Event: <span className="id">{eventId}</span>,
        "Correlation id": <span className="id">{correlationId}</span>,
        Sequence: sequence.toLocaleString(),
      }}
    />
  );
}

function Stage({ stage: { stage, at, detail, panel }, receivedAt }: { stage: EventStage; receivedAt: string }) {
  const ms = at === null ? null : Date.parse(at) - Date.parse(receivedAt);
  const isProblem = stage === "delivered" && /: dead_letter/.test(detail ?? "");
  return (
    <li className={isProblem ? "trace-problem" : undefined}>
      <strong>{stageWords[stage]}</strong>
      <span className="trace-detail muted">
        {detail?.replace("dead_letter", "dead letter")}
        {panel && `${panel} panel`}
      </span>
      {at !== null && ms !== null && (
        <time className="muted small" dateTime={at} title={at}>
          {stage === "received" ? <Moment at={at} /> : `+${durationWords(Math.max(ms, 0))}`}
        </time>
      )}
    </li>
  );
}

function RouteOutcomes({ outcomes }: { outcomes: readonly RouteOutcome[] }) {
  return (
    <Part title="Routes">
      {outcomes.length === 0 ? (
        <p className="muted">No route takes events of this type, or the reasons are older than 30 days.</p>
      ) : (
        <Table columns={["Route", "Outcome", "Why"]} isStacked>
          {outcomes.map(({ route, outcome, detail, deliveryId }) => (
            <tr key={`${route} ${outcome} ${deliveryId}`}>
              <td>
                {deliveryId === null ? (
                  (route ?? "All routes")
                ) : (
                  <a href={`#/deliveries/${encodeURIComponent(deliveryId)}`}>{route}</a>
                )}
              </td>
              <td>
                <Badge tone={outcomeTone(outcome)}>{outcomeWords(outcome)}</Badge>
              </td>
              <td>
                <span className="value">{detail}</span>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Part>
  );
}
