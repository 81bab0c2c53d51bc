import type { Costs } from "@sidelight/contracts/costs/costs.ts";
import { Badge } from "../ui/Badge.tsx";
import { budgetTones, budgetWords, money } from "./words.ts";

/** What was spent, by currency, and what the month will cost. */
export function Totals({ costs: { totals }, isComplete }: { costs: Costs; isComplete: boolean }) {
  if (totals.length === 0)
    return (
      <p>
        The configuration has no prices, so there are counts only. Name them under <code>costs</code>.
      </p>
    );
  return (
    <dl className="scores">
      {totals.map(({ currency, amount, forecast, budget, state }) => (
        <div key={currency} className="score score-main">
          <dt>{isComplete ? `Cost in ${currency}` : `Cost so far in ${currency}`}</dt>
          <dd>
            <strong>{money(amount, currency)}</strong>
            <span>
              <Badge tone={budgetTones[state]}>{budgetWords[state]}</Badge>
            </span>
            {budget !== null && <progress aria-hidden="true" max={budget} value={Math.min(amount, budget)} />}
            <span className="muted small change">
              {!isComplete && `About ${money(forecast, currency)} at the end of the month`}
              {!isComplete && budget !== null && ", "}
              {budget !== null && `budget ${money(budget, currency)}`}
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
