import type { Costs } from "@sidelight/contracts/costs/costs.ts";
import { useCallback } from "react";
import type { PageProps } from "../session/session.ts";
import { useAddressFilters } from "../ui/address.ts";
import { ChoiceFilter, Filters } from "../ui/Filters.tsx";
import { Part } from "../ui/Part.tsx";
import { Failed, Loading } from "../ui/states.tsx";
import { useAnswer } from "../ui/useAnswer.ts";
import { momentWords } from "../ui/words.ts";
import { Causes, Connections, Operations, Tiers } from "./CostTables.tsx";
import { Savings } from "./Savings.tsx";
import { Totals } from "./Totals.tsx";
import { earlierMonths, monthWords } from "./words.ts";

const shownMonths = 12;

/** What the platforms charge for a month, its forecast, what used most, and what was saved. */
export function CostsPage({ session }: PageProps) {
  const [{ month }, change] = useAddressFilters(["month"]);
  const read = useCallback(
    (signal: AbortSignal) => session.run((client) => client.getCosts({ signal, ...(month !== "" && { month }) })),
    [session, month],
  );
  const answer = useAnswer(read);
  const now = new Date().toISOString().slice(0, 7);
  return (
    <>
      <Filters>
        <ChoiceFilter
          label="Month"
          all="This month"
          chosen={month}
          choices={earlierMonths(now, shownMonths).map((id) => ({ id, label: monthWords(id) }))}
          onChange={(choice) => change({ month: choice })}
        />
      </Filters>
      {answer.status === "loading" && <Loading />}
      {answer.status === "failed" && <Failed text={answer.problem} onRetry={answer.reload} />}
      {answer.status === "ready" && <Month costs={answer.value} />}
    </>
  );
}

function Month({ costs }: { costs: Costs }) {
  const { month, asOf, to, since, from } = costs;
  const isComplete = asOf >= to;
  return (
    <div className="quality">
      <p className="muted">
        {monthWords(month)}
        {since === null && ". Nothing was counted yet."}
        {since !== null && since > from && `. Counted since ${momentWords(since)}; what was before is missing.`}{" "}
        <a href={`/v1/costs/report?format=html&month=${month}`} target="_blank" rel="noreferrer">
          Report for printing or mail
        </a>
      </p>
      <Totals costs={costs} isComplete={isComplete} />
      <Part title="Connections">
        <Connections costs={costs} isComplete={isComplete} />
      </Part>
      <Part title="What used most">
        <Operations costs={costs} />
      </Part>
      <Part title="What it was for">
        <Causes costs={costs} />
      </Part>
      <Tiers costs={costs} />
      <Part title="Saved">
        <Savings costs={costs} />
      </Part>
    </div>
  );
}
