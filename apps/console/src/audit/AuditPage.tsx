import type { AuditEntry } from "@sidelight/contracts/actions/action.ts";
import { useCallback } from "react";
import type { PageProps } from "../session/session.ts";
import { useAddressFilters } from "../ui/address.ts";
import { Filters, SinceFilter, TextFilter } from "../ui/Filters.tsx";
import { List } from "../ui/List.tsx";
import { Moment } from "../ui/Moment.tsx";
import { sinceQuery } from "../ui/since.ts";
import { Empty } from "../ui/states.tsx";
import { Table } from "../ui/Table.tsx";
import { useList } from "../ui/useList.ts";
import { serverNow } from "../ui/useNow.ts";
import { actorWords, idWords, verbWords } from "./words.ts";

const filterNames = ["verb", "actor", "since"] as const;
const columns = ["When", "What", "Who", "Details"];

/** Who did what, newest first. */
export function AuditPage({ session }: PageProps) {
  const [filters, setFilters] = useAddressFilters(filterNames);
  const { verb, actor, since } = filters;
  const read = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      session.run((client) =>
        client.getAudit({
          ...{ limit: 50, signal, ...sinceQuery(since, serverNow()) },
          ...(verb && { type: verb }),
          ...(actor && { actor }),
          ...(cursor !== undefined && { cursor }),
        }),
      ),
    [session, verb, actor, since],
  );
  const list = useList(read);
  const isFiltered = Object.values(filters).some(Boolean);
  return (
    <section aria-label="Audit entries">
      <Filters>
        <TextFilter
          {...{ label: "What", placeholder: "deliveries.retry", chosen: verb }}
          onChange={(choice) => setFilters({ verb: choice })}
        />
        <TextFilter
          {...{ label: "Who", placeholder: "Id of a key", chosen: actor }}
          onChange={(choice) => setFilters({ actor: choice })}
        />
        <SinceFilter chosen={since} onChange={(choice) => setFilters({ since: choice })} />
      </Filters>
      <List
        list={list}
        empty={
          <Empty title={isFiltered ? "No entry matches the filters" : "No entries yet"}>
            {isFiltered
              ? "Enter a whole verb: deliveries.retry."
              : "Actions in the panels and changes by operators are listed here."}
          </Empty>
        }
      >
        <Table columns={columns} isStacked>
          {list.items.map((entry) => (
            <Row key={entry.id} entry={entry} onFilter={setFilters} />
          ))}
        </Table>
      </List>
    </section>
  );
}

interface RowProps {
  entry: AuditEntry;
  onFilter: (filters: { verb?: string; actor?: string }) => void;
}

function Row({ entry: { at, verb, actor, customer, ids, reason }, onFilter }: RowProps) {
  return (
    <tr>
      <td>
        <Moment at={at} />
      </td>
      <td>
        <button type="button" className="link value" title={`Only ${verb}`} onClick={() => onFilter({ verb })}>
          {verbWords(verb)}
        </button>
        <span className="muted id value">{verb}</span>
      </td>
      <td data-label="Who">
        <button
          type="button"
          className="link value"
          title="Only this actor"
          onClick={() => onFilter({ actor: actor.person ?? actor.keyId })}
        >
          {actorWords(actor)}
        </button>
        <span className="muted small value">{actor.role}</span>
      </td>
      <td>
        {customer && <span className="id value">{customer}</span>}
        {idWords(ids).map((text) => (
          <span key={text} className="value small">
            {text}
          </span>
        ))}
        {reason && <bdi className="value">“{reason}”</bdi>}
      </td>
    </tr>
  );
}
