import type { Freshness } from "@sidelight/contracts/freshness/freshness.ts";
import { useCallback } from "react";
import type { PageProps } from "../session/session.ts";
import { addressOf, useAddress } from "../ui/address.ts";
import { Badge } from "../ui/Badge.tsx";
import { Part } from "../ui/Part.tsx";
import { Empty, Failed, Loading } from "../ui/states.tsx";
import { Table } from "../ui/Table.tsx";
import { useAnswer } from "../ui/useAnswer.ts";
import { momentWords } from "../ui/words.ts";
import { Objective } from "./Objective.tsx";
import {
  budgetWords,
  causeWords,
  dataWords,
  offenseWords,
  rateWords,
  shareWords,
  stateTones,
  stateWords,
  targetWords,
} from "./words.ts";

/** How old data is when it arrives, against its objectives. An address below it shows one objective. */
export function FreshnessPage({ session }: PageProps) {
  const [, connection, data] = useAddress();
  const read = useCallback((signal: AbortSignal) => session.run((client) => client.getFreshness({ signal })), [session]);
  const answer = useAnswer(read);
  if (answer.status === "loading") return <Loading />;
  if (answer.status === "failed") return <Failed text={answer.problem} onRetry={answer.reload} />;
  const { objectives } = answer.value;
  if (objectives.length === 0)
    return <Empty title="No objectives">Connect a platform, or name objectives in the configuration.</Empty>;
  if (connection === undefined) return <Objectives freshness={answer.value} />;
  const objective = objectives.find((candidate) => candidate.connection === connection && candidate.data === data);
  if (!objective) return <Empty title="There is no such objective">It may have been removed from the configuration.</Empty>;
  return <Objective objective={objective} />;
}

const columns = [
  "Data",
  "Objective",
  "State",
  { title: "Attained", isNumber: true },
  { title: "Budget left", isNumber: true },
  { title: "Burn rate, last hour", isNumber: true },
];

function Objectives({ freshness: { objectives, since, worst } }: { freshness: Freshness }) {
  return (
    <>
      <p className="muted">
        {since === null
          ? "Nothing was measured yet. The first minutes follow the first import."
          : `The lower share of facts and minutes that were young enough. Measured since ${momentWords(since)}.`}
      </p>
      <Table columns={columns} isStacked>
        {objectives.map((objective) => (
          <tr key={dataWords(objective)}>
            <td>
              <a href={addressOf(`freshness/${objective.connection}/${objective.data}`)}>{dataWords(objective)}</a>
            </td>
            <td data-label="Objective">
              {targetWords(objective)}
              {objective.isDefault && <span className="tag">default</span>}
            </td>
            <td>
              <Badge tone={stateTones[objective.state]}>{stateWords[objective.state]}</Badge>
            </td>
            <td className="number" data-label="Attained">
              {shareWords(objective.attainment)}
            </td>
            <td className="number" data-label="Budget left">
              <Budget left={objective.budgetLeft} />
            </td>
            <td className="number" data-label="Burn rate, last hour">
              {rateWords(objective.burnRate.hour)}
            </td>
          </tr>
        ))}
      </Table>
      <Part title="What used most">
        {worst.length === 0 ? (
          <p className="muted">Nothing was late.</p>
        ) : (
          <ul className="bullets">
            {worst.map((offender) => (
              <li key={`${dataWords(offender)} ${offender.cause}`}>
                <strong>{dataWords(offender)}</strong>: {causeWords[offender.cause].toLowerCase()},{" "}
                <span className="muted">{offenseWords(offender)}</span>
              </li>
            ))}
          </ul>
        )}
      </Part>
    </>
  );
}

/** More than the whole budget can be used: the bar is empty then. */
function Budget({ left }: { left: number | null }) {
  if (left === null) return "–";
  return (
    <>
      {budgetWords(left)}
      <meter className="meter" aria-hidden="true" min={0} max={1} low={0.25} optimum={1} value={Math.max(0, left)} />
    </>
  );
}
