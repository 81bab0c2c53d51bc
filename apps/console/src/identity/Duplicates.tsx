import type { DuplicateGroup, DuplicatePair, DuplicateRecord } from "@sidelight/contracts/identity/duplicates.ts";
import { useCallback } from "react";
import type { PageProps } from "../session/session.ts";
import { Empty, Failed, Loading } from "../ui/states.tsx";
import { useAnswer } from "../ui/useAnswer.ts";
import { capitalized, counted, listed, momentWords, percent } from "../ui/words.ts";
import { confidenceWords, objectWords } from "./words.ts";

/** Records that a platform has twice, with the one that should stay. */
export function Duplicates({ session }: PageProps) {
  const read = useCallback((signal: AbortSignal) => session.run((client) => client.getIdentityReport({ signal })), [session]);
  const answer = useAnswer(read);
  if (answer.status === "loading") return <Loading />;
  if (answer.status === "failed") return <Failed text={answer.problem} onRetry={answer.reload} />;
  const { groups, survivorRule, from } = answer.value;
  const filledGroups = groups.filter(({ pairs }) => pairs.length > 0);
  if (filledGroups.length === 0)
    return <Empty title="No duplicates">No platform has two records of one customer, as far as is known.</Empty>;
  return (
    <section aria-label="Duplicates" className="quality">
      <p className="muted">
        Sidelight changes no record: merge them on the platform. Which one stays: {survivorRule.charAt(0).toLowerCase()}
        {survivorRule.slice(1)} New means since {momentWords(from)}.
      </p>
      {filledGroups.map((group) => (
        <Group key={`${group.connection} ${group.object}`} group={group} />
      ))}
    </section>
  );
}

function Group({ group: { platform, connection, object, joined, possible, pairs } }: { group: DuplicateGroup }) {
  const shownCount = pairs.length;
  const total = joined.count + possible.count;
  return (
    <section>
      <h2>
        {objectWords(object)} {connection !== platform && <span className="muted small">{connection}</span>}
      </h2>
      <p className="muted small">
        {counted(joined.count, "pair")} of one customer ({joined.new} new), {counted(possible.count, "pair")} that may be one (
        {possible.new} new){shownCount < total && `. The first ${shownCount} are listed`}
      </p>
      <ul className="rows">
        {pairs.map((pair) => (
          <Pair key={`${pair.survivor.ref} ${pair.duplicate.ref}`} pair={pair} />
        ))}
      </ul>
    </section>
  );
}

function Pair({ pair }: { pair: DuplicatePair }) {
  const { state, survivor, duplicate, why, moves, reasons, confidence, isNew } = pair;
  return (
    <li className="row problem">
      <p>
        Merge <RecordLink record={duplicate} /> into <RecordLink record={survivor} />
        {isNew && <span className="tag">new</span>}
      </p>
      <p className="problem-count small">
        {state === "joined" ? "One customer" : `${confidenceWords(confidence)} (${percent(confidence)})`}
      </p>
      <p className="small problem-action">
        {capitalized(why)}
        {moves.length > 0 && ` It takes ${listed(moves.map((move) => `${move.count} × ${objectWords(move.object)}`))}.`}
        {state === "possible" && (
          <>
            {" "}
            <a href="#/identity">Decide first whether they are one.</a>
          </>
        )}
      </p>
      {reasons.length > 0 && (
        <p className="muted small problem-action">{capitalized(reasons.map(({ text }) => text).join(" · "))}</p>
      )}
    </li>
  );
}

function RecordLink({ record: { label, ref, link } }: { record: DuplicateRecord }) {
  const id = ref.slice(ref.indexOf(":") + 1);
  return (
    <>
      <strong>
        {link ? (
          <a href={link} target="_blank" rel="noreferrer">
            <bdi>{label}</bdi>
          </a>
        ) : (
          <bdi>{label}</bdi>
        )}
      </strong>
      {label !== ref && <bdi className="muted small"> {id}</bdi>}
    </>
  );
}
