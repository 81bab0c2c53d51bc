import type { Alert } from "@sidelight/contracts/connections/alert.ts";
import { useCallback } from "react";
import type { PageProps } from "../session/session.ts";
import { useAddress, useAddressFilters } from "../ui/address.ts";
import { ChoiceFilter, Filters, SinceFilter } from "../ui/Filters.tsx";
import { List } from "../ui/List.tsx";
import { Status } from "../ui/Status.tsx";
import { sinceQuery } from "../ui/since.ts";
import { Empty } from "../ui/states.tsx";
import { useChange } from "../ui/useChange.ts";
import { useList } from "../ui/useList.ts";
import { useLiveReload } from "../ui/useLive.ts";
import { serverNow } from "../ui/useNow.ts";
import { AlertRow } from "./AlertRow.tsx";
import { byConnection } from "./words.ts";

const filterNames = ["state", "since"] as const;
const stateChoices = [
  { id: "closed", label: "Closed" },
  { id: "any", label: "All" },
];

/** What needs a person, by connection, each with its next action. `#/alerts/<id>` opens one. */
export function AlertsPage({ session }: PageProps) {
  const [, openId = ""] = useAddress();
  const [filters, setFilters] = useAddressFilters(filterNames);
  const { since } = filters;
  // The alert of a link may have closed since.
  const state = filters.state || (openId === "" ? "open" : "any");
  const change = useChange();
  const read = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      session.run((client) =>
        client.getAlerts({
          ...{ limit: 100, signal, ...sinceQuery(since, serverNow()) },
          ...(state !== "any" && { state }),
          ...(cursor !== undefined && { cursor }),
        }),
      ),
    [session, state, since],
  );
  const list = useList(read);
  useLiveReload(session, list.reload);
  const replaceAlert = (changes: Alert): void =>
    list.setItems((present) => present.map((alert) => (alert.id === changes.id ? changes : alert)));
  const isFiltered = since !== "" || state !== "open";

  return (
    <section aria-label="Alerts">
      <Filters>
        <ChoiceFilter
          {...{ label: "State", all: openId === "" ? "Open" : "All", chosen: filters.state, choices: stateChoices }}
          onChange={(choice) => setFilters({ state: choice })}
        />
        <SinceFilter chosen={since} onChange={(choice) => setFilters({ since: choice })} />
      </Filters>
      <Status progress={change.progress} outcome={change.outcome} />
      <List
        list={list}
        empty={
          <Empty title={isFiltered ? "No alert matches the filters" : "No open alerts"}>
            {isFiltered ? "Choose other filters." : "An alert opens by itself, and closes when its cause is gone."}
          </Empty>
        }
      >
        {byConnection(list.items).map(([name, alerts]) => (
          <section key={name} className="part" aria-label={name || "Sidelight"}>
            <h2>
              {name || "Sidelight"} <span className="muted">{alerts.length.toLocaleString()}</span>
            </h2>
            <ul className="rows">
              {alerts.map((alert) => (
                <AlertRow key={alert.id} {...{ session, alert, change }} isOpen={alert.id === openId} onChanged={replaceAlert} />
              ))}
            </ul>
          </section>
        ))}
      </List>
    </section>
  );
}
