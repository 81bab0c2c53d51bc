import type { Delivery } from "@sidelight/contracts/events/delivery.ts";
import { useCallback, useState } from "react";
import type { PageProps } from "../session/session.ts";
import { useAddressFilters } from "../ui/address.ts";
import { Badge } from "../ui/Badge.tsx";
import { ChoiceFilter, Filters, SinceFilter } from "../ui/Filters.tsx";
import { List } from "../ui/List.tsx";
import { Moment } from "../ui/Moment.tsx";
import { sinceQuery } from "../ui/since.ts";
import { Empty } from "../ui/states.tsx";
import { Table } from "../ui/Table.tsx";
import { useList } from "../ui/useList.ts";
import { serverNow } from "../ui/useNow.ts";
import { useConnections, useRouteChoices } from "../ui/usePlatforms.ts";
import { DeadLetters } from "./DeadLetters.tsx";
import { causeChoices, causeWords, stateChoices, stateTones, stateWords } from "./words.ts";

const filterNames = ["state", "route", "target", "cause", "since"] as const;
const columns = ["Created", "Route", "Target", "State", "Why", { title: "Attempts", isNumber: true }];

/** Deliveries, newest first, below the dead letters by cause. */
export function DeliveryList({ session }: PageProps) {
  const [filters, setFilters] = useAddressFilters(filterNames);
  const [retries, setRetries] = useState(0);
  const { connections } = useConnections(session);
  const routes = useRouteChoices(session);
  const { state, route, target, cause, since } = filters;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a retry changes the list
  const read = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      session.run((client) =>
        client.getDeliveries({
          ...{ limit: 50, signal, ...sinceQuery(since, serverNow()) },
          ...(state && { state }),
          ...(route && { type: route }),
          ...(target && { source: target }),
          ...(cause && { cause }),
          ...(cursor !== undefined && { cursor }),
        }),
      ),
    [session, state, route, target, cause, since, retries],
  );
  const list = useList(read);
  const isFiltered = Object.values(filters).some(Boolean);
  return (
    <>
      {session.rights.operate && (
        <DeadLetters session={session} filter={{ route, target, cause }} onRetried={() => setRetries((count) => count + 1)} />
      )}
      <section aria-label="Deliveries">
        <Filters>
          <ChoiceFilter
            {...{ label: "State", all: "All states", chosen: state, choices: stateChoices }}
            onChange={(choice) => setFilters({ state: choice })}
          />
          <ChoiceFilter
            {...{ label: "Cause", all: "All causes", chosen: cause, choices: causeChoices }}
            onChange={(choice) => setFilters({ cause: choice })}
          />
          <ChoiceFilter
            {...{ label: "Route", all: "All routes", chosen: route, choices: routes }}
            onChange={(choice) => setFilters({ route: choice })}
          />
          <ChoiceFilter
            {...{ label: "Target", all: "All targets", chosen: target, choices: connections }}
            onChange={(choice) => setFilters({ target: choice })}
          />
          <SinceFilter chosen={since} onChange={(choice) => setFilters({ since: choice })} />
        </Filters>
        <List
          list={list}
          empty={
            <Empty title={isFiltered ? "No delivery matches the filters" : "No deliveries yet"}>
              {isFiltered ? "Choose other filters." : "A delivery is created when a route takes an event."}
            </Empty>
          }
        >
          <Table columns={columns} isStacked>
            {list.items.map((delivery) => (
              <Row key={delivery.id} delivery={delivery} />
            ))}
          </Table>
        </List>
      </section>
    </>
  );
}

function Row({ delivery }: { delivery: Delivery }) {
  const { id, createdAt, route, target, action, state, cause, message, attempts } = delivery;
  return (
    <tr>
      <td>
        <a href={`#/deliveries/${encodeURIComponent(id)}`}>
          <Moment at={createdAt} />
        </a>
      </td>
      <td data-label="Route">
        <span className="value">{route}</span>
      </td>
      <td className="name" data-label="Target">
        <span className="value">{target}</span>
        <span className="muted small value">{action}</span>
      </td>
      <td>
        <Badge tone={stateTones[state]}>{stateWords[state]}</Badge>
      </td>
      <td>
        {cause !== null && <span className="value">{causeWords(cause)}</span>}
        {message !== null && <span className="muted small value">{message}</span>}
      </td>
      <td className="number" data-label="Attempts">
        {attempts}
      </td>
    </tr>
  );
}
