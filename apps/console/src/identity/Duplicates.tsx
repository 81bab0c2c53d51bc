import type {
  DuplicateGroup,
  DuplicatePair,
  DuplicateRecord,
  ResolvedDuplicates,
  ResolvedPair,
} from "@sidelight/contracts/identity/duplicates.ts";
import { useCallback } from "react";
import type { PageProps } from "../session/session.ts";
import { Empty, Failed, Loading } from "../ui/states.tsx";
import { Table } from "../ui/Table.tsx";
import { useAnswer } from "../ui/useAnswer.ts";
import { capitalized, counted, listed, momentWords, percent } from "../ui/words.ts";
import { confidenceWords, decisionWords, objectWords, recordWords } from "./words.ts";

/** Records that a platform has twice, with the one that should stay. */
export function Duplicates({ session }: PageProps) {
  const read = useCallback((signal: AbortSignal) => session.run((client) => client.getIdentityReport({ signal })), [session]);
  const answer = useAnswer(read);
  if (answer.status === "loading") return <Loading />;
  if (answer.status === "failed") return <Failed text={answer.problem} onRetry={answer.reload} />;
  const { groups, survivorRule, from, resolved } = answer.value;
  const filledGroups = groups.filter(({ pairs }) => pairs.length > 0);
  return (
    <section aria-label="Duplicates" className="quality">
      {filledGroups.length === 0 ? (
        <Empty title="No duplicates">No platform has two records of one customer, as far as is known.</Empty>
      ) : (
        <p className="muted">
          Sidelight changes no record: merge them on the platform. Which one stays: {survivorRule.charAt(0).toLowerCase()}
          {survivorRule.slice(1)} New means since {momentWords(from)}.
        </p>
      )}
      {filledGroups.map((group) => (
        <Group key={`${group.connection} ${group.object}`} group={group} />
      ))}
      <Resolved resolved={resolved} from={from} />
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

/** What was decided within the period of the report. */
function Resolved({ resolved, from }: { resolved: ResolvedDuplicates; from: string }) {
  const { merged, linked, dismissed, undone, pairs } = resolved;
  const total = merged + linked + dismissed;
  return (
    <section>
      <h2>Decided since {momentWords(from)}</h2>
      <p className="muted small">
        {merged.toLocaleString()} merged, {linked.toLocaleString()} linked, {dismissed.toLocaleString()} kept apart
        {undone > 0 && `; ${undone.toLocaleString()} of them no longer apply`}
        {pairs.length < total && `. The newest ${pairs.length} are listed`}
      </p>
      {pairs.length > 0 && (
        <Table columns={["Decision", "Records", "By", "When"]} isStacked>
          {pairs.map((pair) => (
            <ResolvedRow key={pair.decision} pair={pair} />
          ))}
        </Table>
      )}
    </section>
  );
}

function ResolvedRow({ pair: { type, at: instant, by, records, undone } }: { pair: ResolvedPair }) {
  return (
    <tr className={undone ? "undone" : ""}>
      <td>
        {decisionWords[type]}
        {undone && <span className="muted"> (no longer applies)</span>}
      </td>
      <td>
        {records.map(({ ref, label }) => (
          <span key={ref} className="value">
            {label !== ref && <bdi>{label} </bdi>}
            <bdi className="muted small">{recordWords(ref)}</bdi>
          </span>
        ))}
      </td>
      <td data-label="By">{by === "model" ? "The model" : "A person"}</td>
      <td className="moment">{momentWords(instant)}</td>
    </tr>
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
