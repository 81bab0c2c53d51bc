import type { DeliveryDetail } from "@sidelight/contracts/events/delivery.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { useCallback, useState } from "react";
import type { PageProps } from "../session/session.ts";
import { Badge } from "../ui/Badge.tsx";
import { Facts } from "../ui/Facts.tsx";
import { Ago, Moment } from "../ui/Moment.tsx";
import { Part } from "../ui/Part.tsx";
import { Preview } from "../ui/Preview.tsx";
import { Status } from "../ui/Status.tsx";
import { Failed, Loading } from "../ui/states.tsx";
import { useAnswer } from "../ui/useAnswer.ts";
import { useChange } from "../ui/useChange.ts";
import { percent } from "../ui/words.ts";
import { causeWords, nextStep, stateTones, stateWords } from "./words.ts";

interface Props extends PageProps {
  id: string;
}

/** One delivery: its state, why it failed, when it is tried again, and the button that retries it. */
export function DeliveryPage({ session, id }: Props) {
  const change = useChange();
  const [isCreating, setCreating] = useState(false);
  const answer = useAnswer(
    useCallback((signal: AbortSignal) => session.run((client) => client.getDelivery(id, { signal })), [session, id]),
  );

  const retry = async (create: boolean): Promise<void> => {
    setCreating(false);
    const isDone = await change.run("Requeueing…", async () => {
      await session.run((client) => client.retryDelivery(id, { create }));
      return "Requeued. It is tried at once.";
    });
    if (isDone) answer.reload();
  };

  return (
    <>
      <a className="back" href="#/deliveries">
        ← All deliveries
      </a>
      <Status progress={change.progress} outcome={change.outcome} />
      {answer.status === "loading" && <Loading />}
      {answer.status === "failed" && <Failed text={answer.problem} onRetry={answer.reload} />}
      {answer.status === "ready" && (
        <>
          <Head delivery={answer.value}>
            {answer.value.cause === "possible_duplicate" && answer.value.state === "dead_letter" && (
              <Button size="small" disabled={change.isBusy} onClick={() => setCreating(true)}>
                Create anyway…
              </Button>
            )}
            {(answer.value.state === "dead_letter" || answer.value.state === "waiting") && (
              <Button size="small" isPrimary disabled={change.isBusy} onClick={() => retry(false)}>
                {answer.value.state === "waiting" ? "Try now" : "Retry"}
              </Button>
            )}
            <Button size="small" disabled={change.isBusy} onClick={answer.reload}>
              Reload
            </Button>
          </Head>
          {isCreating && (
            <Preview
              title="Create the record although it may be a duplicate?"
              confirm="Create it"
              onConfirm={() => retry(true)}
              onCancel={() => setCreating(false)}
              changes={null}
            >
              <p>
                {answer.value.target} gets a new record. It is not joined with the customers below. A record that is created
                cannot be taken back from here.
              </p>
            </Preview>
          )}
          <Content delivery={answer.value} />
        </>
      )}
    </>
  );
}

function Head({ delivery: { route, target, state }, children }: { delivery: DeliveryDetail; children: React.ReactNode }) {
  return (
    <div className="detail-head">
      <h2>
        {route} → {target}
      </h2>
      <Badge tone={stateTones[state]}>{stateWords[state]}</Badge>
      <div className="buttons">{children}</div>
    </div>
  );
}

function Content({ delivery }: { delivery: DeliveryDetail }) {
  const { id, eventId, action, state, cause, message, attempts, nextAttemptAt, createdAt, settledAt, ref, config, purpose } =
    delivery;
  return (
    <>
      {cause !== null && state !== "done" && (
        <div className={state === "dead_letter" ? "notice notice-problem" : "notice"}>
          <p>
            <strong>{causeWords(cause)}</strong>
            {message !== null && <>: {message}</>}
          </p>
          {state === "dead_letter" && nextStep(cause) && <p className="muted">{nextStep(cause)}</p>}
        </div>
      )}
      <Facts
        facts={{
          Attempts: attempts.toLocaleString(),
          "Next attempt": nextAttemptAt && (
            <>
              <Ago at={nextAttemptAt} /> (<Moment at={nextAttemptAt} />)
            </>
          ),
          Created: <Moment at={createdAt} />,
          Ended: settledAt && <Moment at={settledAt} />,
          Action: action,
          Purpose: purpose,
          "Record that was written": ref && <span className="id">{ref}</span>,
          Event: (
            <a className="id" href={`#/events/${encodeURIComponent(eventId)}`}>
              {eventId}
            </a>
          ),
          Configuration: (
            <a className="id" href={`#/configuration/${encodeURIComponent(config)}`}>
              {config}
            </a>
          ),
          Delivery: <span className="id">{id}</span>,
        }}
      />
      {delivery.duplicates.length > 0 && <Duplicates duplicates={delivery.duplicates} />}
    </>
  );
}

function Duplicates({ duplicates }: Pick<DeliveryDetail, "duplicates">) {
  return (
    <Part title="Customers that it may duplicate">
      <ul className="bullets">
        {duplicates.map(({ id, ref, confidence, reasons }) => (
          <li key={id}>
            <bdi className="id">{ref}</bdi> ({percent(confidence)}): {reasons.map(({ text }) => text).join("; ")}
          </li>
        ))}
      </ul>
      <p>
        <a href="#/identity">Decide in the identity review</a>
      </p>
    </Part>
  );
}
