import type { ConnectionCost, Costs } from "@sidelight/contracts/costs/costs.ts";
import type { ReactNode } from "react";
import { Badge } from "../ui/Badge.tsx";
import { Part } from "../ui/Part.tsx";
import { Table } from "../ui/Table.tsx";
import { capitalized, counted, percent } from "../ui/words.ts";
import { budgetTones, budgetWords, causeWords, money, unitWords } from "./words.ts";

interface Props {
  costs: Costs;
}

/** Units, plan and amount of each connection. */
export function Connections({ costs: { connections }, isComplete }: Props & { isComplete: boolean }) {
  const number = (title: string) => ({ title, isNumber: true });
  const columns = ["Connection", number("Used"), ...(isComplete ? [] : [number("Forecast")]), "Plan", number("Amount")];
  return (
    <Table columns={columns} isStacked>
      {connections.map((connection) => (
        <tr key={connection.connection}>
          <td>
            <a href={`#/connections/${encodeURIComponent(connection.connection)}`}>{capitalized(connection.connection)}</a>
            {connection.plan !== null && <span className="muted small value">{connection.plan}</span>}
          </td>
          <td className="number" data-label="Used">
            {unitWords(connection.units, connection)}
            {connection.unansweredCalls > 0 && (
              <span className="muted small value">{connection.unansweredCalls.toLocaleString()} unanswered, not charged</span>
            )}
          </td>
          {!isComplete && (
            <td className="number" data-label="Forecast">
              {connection.forecastUnits.toLocaleString()}
            </td>
          )}
          <td data-label="Plan">
            <Plan connection={connection} />
          </td>
          <td className="number" data-label="Amount">
            <Amount connection={connection} isComplete={isComplete} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Plan({ connection: { included, units, forecastUnits } }: { connection: ConnectionCost }) {
  if (included === null) return "–";
  return (
    <>
      {percent(units / included)} of {included.toLocaleString()}
      <meter
        className="meter"
        aria-hidden="true"
        min={0}
        max={included}
        high={included * 0.9}
        optimum={0}
        value={Math.min(units, included)}
      />
      {forecastUnits > included && <span className="caution small value">The forecast is above the plan</span>}
    </>
  );
}

function Amount({ connection: { amount }, isComplete }: { connection: ConnectionCost; isComplete: boolean }) {
  if (amount === null) return <span className="muted">no prices</span>;
  const { total, forecast, currency, state, budget } = amount;
  return (
    <>
      {money(total, currency)}
      {!isComplete && <span className="muted small value">about {money(forecast, currency)} at the end</span>}
      {budget !== null && (
        <span className="value">
          <Badge tone={budgetTones[state]}>{budgetWords[state]}</Badge>
        </span>
      )}
    </>
  );
}

type CostPart = Costs["operations"][number] | Costs["causes"][number];
const partColumns = [
  { title: "Calls", isNumber: true },
  { title: "Events", isNumber: true },
  { title: "Part", isNumber: true },
  { title: "Amount", isNumber: true },
];

export const Operations = ({ costs }: Props) => (
  <Parts
    title="Operation"
    parts={costs.operations}
    costs={costs}
    nameOf={({ operation }) => <code className="value">{operation}</code>}
  />
);

export const Causes = ({ costs }: Props) => (
  <Parts title="For" parts={costs.causes} costs={costs} nameOf={(part) => capitalized(causeWords(part))} />
);

interface PartsProps<T extends CostPart> extends Props {
  title: string;
  parts: readonly T[];
  nameOf: (part: T) => ReactNode;
}

/** Parts that are shown at once. */
const maxShown = 10;

/** The largest parts; the others on request. */
function Parts<T extends CostPart>({ parts, ...props }: PartsProps<T>) {
  if (parts.length === 0) return <p className="muted">Nothing.</p>;
  const otherRows = parts.slice(maxShown);
  return (
    <>
      <PartTable parts={parts.slice(0, maxShown)} {...props} />
      {otherRows.length > 0 && (
        <details>
          <summary>{counted(otherRows.length, "smaller part")}</summary>
          <PartTable parts={otherRows} {...props} />
        </details>
      )}
    </>
  );
}

const PartTable = <T extends CostPart>({ title, parts, costs, nameOf }: PartsProps<T>) => (
  <Table columns={["Connection", title, ...partColumns]} isStacked>
    {parts.map((part) => (
      <tr key={JSON.stringify(part)}>
        <td>{capitalized(part.connection)}</td>
        <td>{nameOf(part)}</td>
        <Numbers part={part} costs={costs} />
      </tr>
    ))}
  </Table>
);

function Numbers({ part: { connection, calls, events, share, amount }, costs }: Props & { part: CostPart }) {
  const currency = costs.connections.find((candidate) => candidate.connection === connection)?.amount?.currency;
  return (
    <>
      <td className="number" data-label="Calls">
        {calls.toLocaleString()}
      </td>
      <td className="number" data-label="Events">
        {events.toLocaleString()}
      </td>
      <td className="number" data-label="Part">
        {percent(share)}
      </td>
      <td className="number" data-label="Amount">
        {amount === null || currency === undefined ? "–" : money(amount, currency)}
      </td>
    </>
  );
}

/** Only for a tenant with tiers of customers. */
export function Tiers({ costs: { tiers } }: Props) {
  if (!tiers.some(({ tier }) => tier !== null)) return null;
  return (
    <Part title="By tier of the customer">
      <Table columns={["Tier", { title: "Calls", isNumber: true }, { title: "Events", isNumber: true }]}>
        {tiers.map(({ tier, calls, events }) => (
          <tr key={tier ?? ""}>
            <td>{tier ?? <span className="muted">several customers, or none</span>}</td>
            <td className="number">{calls.toLocaleString()}</td>
            <td className="number">{events.toLocaleString()}</td>
          </tr>
        ))}
      </Table>
    </Part>
  );
}
