import type { ConnectionStatus } from "@sidelight/contracts/connections/connection.ts";
import { useCallback } from "react";
import type { PageProps } from "../session/session.ts";
import { useAddress } from "../ui/address.ts";
import { Badge } from "../ui/Badge.tsx";
import { Facts } from "../ui/Facts.tsx";
import { Ago } from "../ui/Moment.tsx";
import { durationWords } from "../ui/moments.ts";
import { Status } from "../ui/Status.tsx";
import { Empty, Failed, Loading } from "../ui/states.tsx";
import { useAnswer } from "../ui/useAnswer.ts";
import { type Change, useChange } from "../ui/useChange.ts";
import { useLiveReload } from "../ui/useLive.ts";
import { capitalized } from "../ui/words.ts";
import { ConnectionButtons } from "./ConnectionButtons.tsx";
import { ConnectionDetails } from "./ConnectionDetails.tsx";
import { stateTones, stateWords } from "./words.ts";

/** The accounts on the platforms: their state, and everything that `GET /v1/connections` says about the one that the address names. */
export function ConnectionsPage({ session }: PageProps) {
  const [, id = ""] = useAddress();
  const change = useChange();
  const answer = useAnswer(
    useCallback((signal: AbortSignal) => session.run((client) => client.getConnections({ signal })), [session]),
  );

  useLiveReload(session, answer.reload);

  if (answer.status === "loading") return <Loading />;
  if (answer.status === "failed") return <Failed text={answer.problem} onRetry={answer.reload} />;
  const connections = id === "" ? answer.value : answer.value.filter((connection) => connection.id === id);
  return (
    <>
      {id !== "" && (
        <a className="back" href="#/connections">
          ← All connections
        </a>
      )}
      <Status progress={change.progress} outcome={change.outcome} />
      {connections.length === 0 && (
        <Empty title={id === "" ? "No connections yet" : `There is no connection ${id}`}>
          A connection is added in the configuration, or with <code>sidelight connect</code>.
        </Empty>
      )}
      <div className={id === "" ? "cards" : undefined}>
        {connections.map((connection) => (
          <Card key={connection.id} {...{ session, connection, change }} isLinked={id === ""} onChanged={answer.reload} />
        ))}
      </div>
      {id !== "" && connections[0] && <ConnectionDetails connection={connections[0]} />}
    </>
  );
}

interface CardProps extends PageProps {
  connection: ConnectionStatus;
  change: Change;
  /** False where the details follow. */
  isLinked: boolean;
  onChanged: () => void;
}

function Card({ session, connection, change, isLinked, onChanged }: CardProps) {
  const { id, platform, environment, state, summary, problem, nextAction, failingSince, pausedAt } = connection;
  return (
    <section className="card" aria-label={id}>
      <div className="card-head">
        <h2>
          {isLinked ? <a href={`#/connections/${encodeURIComponent(id)}`}>{id}</a> : id}
          {environment === "sandbox" && <span className="tag">sandbox</span>}
        </h2>
        {pausedAt ? <Badge tone="warning">Paused</Badge> : <Badge tone={stateTones[state]}>{stateWords[state]}</Badge>}
      </div>
      <p className="muted">{capitalized(summary)}</p>
      {pausedAt && (
        <p className="notice">
          Paused <Ago at={pausedAt} />. Nothing is pulled or delivered.
        </p>
      )}
      {problem !== null && (
        <div className="notice notice-problem">
          <p>
            {problem}
            {failingSince && (
              <>
                {" "}
                Since <Ago at={failingSince} />.
              </>
            )}
          </p>
          {nextAction !== null && <p className="muted">{nextAction}</p>}
        </div>
      )}
      <Facts facts={factsOf(connection, platform)} />
      <ConnectionButtons {...{ session, connection, change, onChanged }} />
    </section>
  );
}

function factsOf({ id, lastSuccessAt, lagSeconds, webhooks, streams, missing, breaker }: ConnectionStatus, platform: string) {
  const failingStreams = streams.filter(({ state }) => state === "failing" || state === "unavailable").length;
  const openBreakers = Object.values(breaker).filter(({ state }) => state !== "closed").length;
  return {
    Platform: platform === id ? "" : platform,
    "Last success": lastSuccessAt ? <Ago at={lastSuccessAt} /> : "never",
    Lag: streams.length > 0 && (lagSeconds === null ? "first pull not complete" : durationWords(lagSeconds * 1_000)),
    "Last webhook": webhooks.lastReceivedAt ? (
      <>
        <Ago at={webhooks.lastReceivedAt} /> ({webhooks.lastDay.toLocaleString()} events in 24 h)
      </>
    ) : (
      "none"
    ),
    Streams:
      streams.length > 0 && (failingStreams === 0 ? `${streams.length} OK` : `${failingStreams} of ${streams.length} not OK`),
    "Circuit breakers": openBreakers === 0 ? "all closed" : `${openBreakers} not closed`,
    "Missing fields": missing.length === 0 ? "" : missing.length.toLocaleString(),
  };
}
