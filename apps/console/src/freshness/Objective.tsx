import type { FreshnessObjective } from "@sidelight/contracts/freshness/freshness.ts";
import { Badge } from "../ui/Badge.tsx";
import { Facts } from "../ui/Facts.tsx";
import { Ago } from "../ui/Moment.tsx";
import { Part } from "../ui/Part.tsx";
import { Table } from "../ui/Table.tsx";
import { counted, momentWords } from "../ui/words.ts";
import {
  budgetWords,
  causeWords,
  dataWords,
  minutesWords,
  offenseWords,
  rateWords,
  shareWords,
  stateTones,
  stateWords,
  targetWords,
} from "./words.ts";

interface Props {
  objective: FreshnessObjective;
}

/** One objective: what was measured, how old facts were, and what used the budget. */
export const Objective = ({ objective }: Props) => (
  <>
    <p>
      <a href="#/freshness">All objectives</a>
    </p>
    <h2>
      {dataWords(objective)} <Badge tone={stateTones[objective.state]}>{stateWords[objective.state]}</Badge>
    </h2>
    <Measures objective={objective} />
    <Causes objective={objective} />
    <Ages objective={objective} />
    <Streams objective={objective} />
  </>
);

function Measures({ objective }: Props) {
  const { attainment, facts, minutes, budgetLeft, burnRate } = objective;
  return (
    <Facts
      facts={{
        Objective: targetWords(objective),
        Attained: shareWords(attainment),
        "Facts that arrived":
          facts.total === 0 ? "none" : `${counted(facts.total, "fact")}, ${shareWords(facts.share)} young enough`,
        "Time that was measured":
          minutes.total === 0 ? "none" : `${minutesWords(minutes.total)}, ${shareWords(minutes.share)} up to date`,
        "Budget left": budgetLeft !== null && budgetWords(budgetLeft),
        "Burn rate": [
          `${rateWords(burnRate.hour)} in the last hour`,
          `${rateWords(burnRate.sixHours)} in 6 hours`,
          `${rateWords(burnRate.threeDays)} in 3 days`,
        ].join(" · "),
      }}
    />
  );
}

const Causes = ({ objective: { causes, worstHours } }: Props) => (
  <Part title="What used the budget">
    {causes.length === 0 && <p className="muted">Nothing was late.</p>}
    {causes.length > 0 && (
      <Table columns={["Cause", "When", "Late"]} isStacked>
        {causes.map((offender) => (
          <tr key={offender.cause}>
            <td>{causeWords[offender.cause]}</td>
            <td className="muted">In the whole window</td>
            <td>{offenseWords(offender)}</td>
          </tr>
        ))}
        {worstHours.map((offender) => (
          <tr key={`${offender.hour} ${offender.cause}`}>
            <td>{causeWords[offender.cause]}</td>
            <td>The hour from {momentWords(offender.hour)}</td>
            <td>{offenseWords(offender)}</td>
          </tr>
        ))}
      </Table>
    )}
  </Part>
);

function Ages({ objective: { ages, facts } }: Props) {
  const largest = Math.max(...ages.map((age) => age.facts));
  if (facts.total === 0) return null;
  const visibleRows = ages.filter((age, i) => age.facts > 0 || ages.slice(i).some((older) => older.facts > 0));
  return (
    <Part title="Age of facts at their arrival">
      <Table columns={["Age", { title: "Facts", isNumber: true }, { title: "Share of the most frequent age", isHidden: true }]}>
        {visibleRows.map(({ upTo, facts: count }) => (
          <tr key={upTo}>
            <td>{upTo === "more" ? "older" : `up to ${upTo}`}</td>
            <td className="number">{count.toLocaleString()}</td>
            <td className="bar-cell">
              <span className="measure-bar" aria-hidden="true" style={{ inlineSize: `${(100 * count) / largest}%` }} />
            </td>
          </tr>
        ))}
      </Table>
    </Part>
  );
}

const Streams = ({ objective: { connection, streams } }: Props) => (
  <Part title="What pulls it">
    {streams.length === 0 ? (
      <p className="muted">Nothing pulls this data. It arrives by webhooks only.</p>
    ) : (
      <Table columns={["Stream", "Complete up to", "Problem"]} isStacked>
        {streams.map(({ name, coveredUntil, problem }) => (
          <tr key={name}>
            <td>{name}</td>
            <td data-label="Complete up to">{coveredUntil === null ? "not known" : <Ago at={coveredUntil} />}</td>
            <td>{problem ?? <span className="muted">none</span>}</td>
          </tr>
        ))}
      </Table>
    )}
    <p>
      <a href={`#/connections/${encodeURIComponent(connection)}`}>Open the connection</a>
    </p>
  </Part>
);
