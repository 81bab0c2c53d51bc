import type { RouteStatus, Routes } from "@sidelight/contracts/events/route.ts";
import { causeWords } from "../deliveries/words.ts";
import { addressOf } from "../ui/address.ts";
import { Badge } from "../ui/Badge.tsx";
import { Ago } from "../ui/Moment.tsx";
import { durationWords } from "../ui/moments.ts";
import { Part } from "../ui/Part.tsx";
import { Table } from "../ui/Table.tsx";
import { criticalityWords, stateTones, stateWords } from "./words.ts";

const columns = [
  "Route",
  "Target",
  "State",
  { title: "Delivered", isNumber: true },
  { title: "Waiting", isNumber: true },
  { title: "Failed", isNumber: true },
  { title: "Delay", isNumber: true },
  "Last failure",
];

/** The routes in the order of the configuration, with owner, counts and delays. */
export const RouteTable = ({ routes: { items } }: { routes: Routes }) => (
  <Part title="Routes">
    <Table columns={columns} isStacked>
      {items.map((route) => (
        <Row key={route.id} route={route} />
      ))}
    </Table>
  </Part>
);

function Row({ route }: { route: RouteStatus }) {
  const { id, on, when, to, state, counts, delayMs, lastDelivered, owner, criticality } = route;
  return (
    <tr>
      <td>
        <a className="value" href={addressOf("deliveries", { route: id })}>
          {id}
        </a>
        <span className="muted small value">{on.join(", ")}</span>
        {when !== null && (
          <details className="small">
            <summary>Condition</summary>
            <code className="value">{when}</code>
          </details>
        )}
        <span className="muted small value">
          {[owner && `Owner: ${owner}`, criticality !== "normal" && `criticality ${criticalityWords[criticality].toLowerCase()}`]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </td>
      <td className="name" data-label="Target">
        <a href={`#/connections/${encodeURIComponent(to.connection)}`}>{to.label}</a>
        <span className="muted small value">{route.do}</span>
      </td>
      <td>
        <Badge tone={stateTones[state]}>{stateWords[state]}</Badge>
      </td>
      <td className="number" data-label="Delivered">
        {counts.done.toLocaleString()}
        {lastDelivered && (
          <span className="muted small value">
            <Ago at={lastDelivered.at} />
          </span>
        )}
      </td>
      <td className="number" data-label="Waiting">
        <Count count={counts.waiting + counts.blocked} href={addressOf("deliveries", { route: id, state: "waiting" })} />
      </td>
      <td className="number" data-label="Failed">
        <Count count={counts.dead_letter} href={addressOf("deliveries", { route: id, state: "dead_letter" })} />
      </td>
      <td className="number" {...(delayMs && { "data-label": "Delay" })}>
        {delayMs && (
          <>
            {durationWords(delayMs.p50)}
            <span className="muted small value">p95 {durationWords(delayMs.p95)}</span>
          </>
        )}
      </td>
      <td {...(route.lastFailure && { "data-label": "Last failure" })}>
        {route.lastFailure && <Failure failure={route.lastFailure} />}
      </td>
    </tr>
  );
}

const Count = ({ count, href }: { count: number; href: string }) =>
  count === 0 ? 0 : <a href={href}>{count.toLocaleString()}</a>;

const Failure = ({ failure: { deliveryId, at, nextAttemptAt, cause } }: { failure: NonNullable<RouteStatus["lastFailure"]> }) => (
  <>
    <a className="value" href={`#/deliveries/${encodeURIComponent(deliveryId)}`}>
      {causeWords(cause)}
    </a>
    <span className="muted small value">
      {at && <Ago at={at} />}
      {nextAttemptAt && (
        <>
          next attempt <Ago at={nextAttemptAt} />
        </>
      )}
    </span>
  </>
);
