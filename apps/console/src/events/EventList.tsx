import type { ListedEvent } from "@sidelight/contracts/events/event.ts";
import { useCallback } from "react";
import type { PageProps } from "../session/session.ts";
import { useAddressFilters } from "../ui/address.ts";
import { Breakable } from "../ui/Breakable.tsx";
import { ChoiceFilter, Filters, SinceFilter, TextFilter } from "../ui/Filters.tsx";
import { List } from "../ui/List.tsx";
import { Moment } from "../ui/Moment.tsx";
import { sinceQuery } from "../ui/since.ts";
import { Empty } from "../ui/states.tsx";
import { Table } from "../ui/Table.tsx";
import { useList } from "../ui/useList.ts";
import { serverNow } from "../ui/useNow.ts";
import { useConnections } from "../ui/usePlatforms.ts";

const filterNames = ["source", "type", "sourceEventId", "since"] as const;
const columns = ["Received", "Type", "Object", "Customer", "Content"];

/** Events of the log, newest first. Personal values are masked as the API answers. */
export function EventList({ session }: PageProps) {
  const [filters, setFilters] = useAddressFilters(filterNames);
  const { source, type, sourceEventId, since } = filters;
  const { platforms } = useConnections(session);
  const read = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      session.run((client) =>
        client.getEvents({
          ...{ limit: 50, signal, ...sinceQuery(since, serverNow()) },
          ...(source && { source }),
          ...(type && { type }),
          ...(sourceEventId && { sourceEventId }),
          ...(cursor !== undefined && { cursor }),
        }),
      ),
    [session, source, type, sourceEventId, since],
  );
  const list = useList(read);
  const isFiltered = Object.values(filters).some(Boolean);
  return (
    <section aria-label="Events">
      <Filters>
        <ChoiceFilter
          {...{ label: "Source", all: "All sources", chosen: source, choices: platforms }}
          onChange={(choice) => setFilters({ source: choice })}
        />
        <TextFilter
          {...{ label: "Type", placeholder: "zendesk.ticket.created", chosen: type }}
          onChange={(choice) => setFilters({ type: choice })}
        />
        <TextFilter
          {...{ label: "Event id of the platform", placeholder: "As its logs show it", chosen: sourceEventId }}
          onChange={(choice) => setFilters({ sourceEventId: choice })}
        />
        <SinceFilter chosen={since} onChange={(choice) => setFilters({ since: choice })} />
      </Filters>
      <List
        list={list}
        empty={
          <Empty title={isFiltered ? "No event matches the filters" : "No events yet"}>
            {isFiltered
              ? "A type is a whole one: zendesk.ticket.created."
              : "Events arrive by webhook, or when a pull finds a change."}
          </Empty>
        }
      >
        <Table columns={columns} isStacked>
          {list.items.map((event) => (
            <Row key={event.eventId} event={event} onType={(choice) => setFilters({ type: choice })} />
          ))}
        </Table>
      </List>
    </section>
  );
}

interface RowProps {
  event: ListedEvent;
  onType: (type: string) => void;
}

function Row({ event, onType }: RowProps) {
  const { eventId, eventType, receivedAt, source, customer, interaction, problem } = event;
  return (
    <tr>
      <td>
        <a href={`#/events/${encodeURIComponent(eventId)}`}>
          <Moment at={receivedAt} />
        </a>
      </td>
      <td>
        <button type="button" className="link value" title={`Only ${eventType}`} onClick={() => onType(eventType)}>
          <Breakable text={eventType} />
        </button>
      </td>
      <td data-label="Object">
        <span className="value">{source.connection}</span>
        <span className="muted small value">
          {source.objectType} {source.objectId}
        </span>
      </td>
      <td data-label="Customer">
        {customer ? (
          <bdi className="value">{customer.email ?? customer.company ?? customer.id}</bdi>
        ) : (
          <span className="muted">none</span>
        )}
      </td>
      <td>
        {problem ? (
          <span className="status-problem">{problem}</span>
        ) : (
          interaction?.description && <bdi className="value clipped">{interaction.description}</bdi>
        )}
      </td>
    </tr>
  );
}
