import type { Quarantined } from "@sidelight/contracts/events/quarantine.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { useCallback, useState } from "react";
import type { PageProps } from "../session/session.ts";
import { useAddressFilters } from "../ui/address.ts";
import { Badge } from "../ui/Badge.tsx";
import { ChoiceFilter, Filters, SinceFilter } from "../ui/Filters.tsx";
import { List } from "../ui/List.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Preview } from "../ui/Preview.tsx";
import { Status } from "../ui/Status.tsx";
import { sinceQuery } from "../ui/since.ts";
import { Empty } from "../ui/states.tsx";
import { Table } from "../ui/Table.tsx";
import { useChange } from "../ui/useChange.ts";
import { useList } from "../ui/useList.ts";
import { serverNow } from "../ui/useNow.ts";
import { useConnections } from "../ui/usePlatforms.ts";
import { counted } from "../ui/words.ts";
import { nextStep, reasonChoices, reasonWords, stateChoices, stateWords } from "./words.ts";

const filterNames = ["state", "source", "reason", "since"] as const;
const columns = ["Received", "Source", "Why", "State", { title: "Actions", isHidden: true }];

/** Verified messages that could not be used. A person releases them after a fix, or discards them. */
export function QuarantinePage({ session }: PageProps) {
  const [filters, setFilters] = useAddressFilters(filterNames);
  const { state, source, reason, since } = filters;
  const { platforms } = useConnections(session);
  const change = useChange();
  const [discardedMessage, setDiscarded] = useState<Quarantined | null>(null);
  const read = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      session.run((client) =>
        client.getQuarantine({
          ...{ limit: 50, signal, ...sinceQuery(since, serverNow()) },
          ...(state !== "any" && { state: state || "quarantined" }),
          ...(source && { source }),
          ...(reason && { type: reason }),
          ...(cursor !== undefined && { cursor }),
        }),
      ),
    [session, state, source, reason, since],
  );
  const list = useList(read);
  const removeRow = (id: string): void => list.setItems((present) => present.filter((message) => message.id !== id));

  const release = (message: Quarantined): Promise<boolean> =>
    change.run("Releasing…", async () => {
      const { accepted, duplicates, unusable } = await session.run((client) => client.releaseQuarantined(message.id));
      if (unusable.length > 0) return `It stays in quarantine: ${unusable.join("; ")}.`;
      removeRow(message.id);
      const duplicatesText = duplicates > 0 ? ` ${counted(duplicates, "event")} had been stored before.` : "";
      return `Released: ${counted(accepted, "event")} stored.${duplicatesText}`;
    });

  const discard = async ({ id }: Quarantined): Promise<void> => {
    setDiscarded(null);
    await change.run("Discarding…", async () => {
      await session.run((client) => client.discardQuarantined(id));
      removeRow(id);
      return "Discarded. Its content cannot be read any more.";
    });
  };

  const isFiltered = Object.values(filters).some(Boolean);
  return (
    <section aria-label="Messages">
      <Filters>
        <ChoiceFilter
          {...{ label: "State", all: stateWords.quarantined, chosen: state, choices: stateChoices }}
          onChange={(choice) => setFilters({ state: choice })}
        />
        <ChoiceFilter
          {...{ label: "Source", all: "All sources", chosen: source, choices: platforms }}
          onChange={(choice) => setFilters({ source: choice })}
        />
        <ChoiceFilter
          {...{ label: "Reason", all: "All reasons", chosen: reason, choices: reasonChoices }}
          onChange={(choice) => setFilters({ reason: choice })}
        />
        <SinceFilter chosen={since} onChange={(choice) => setFilters({ since: choice })} />
      </Filters>
      <Status progress={change.progress} outcome={change.outcome} />
      {discardedMessage && (
        <Preview
          title="Discard this message for good?"
          confirm="Discard it"
          onConfirm={() => discard(discardedMessage)}
          onCancel={() => setDiscarded(null)}
          changes={null}
        >
          <p>
            The key that seals its content is destroyed. It cannot be released afterwards: {discardedMessage.connection},{" "}
            {reasonWords(discardedMessage.reason)}, <Moment at={discardedMessage.receivedAt} />.
          </p>
        </Preview>
      )}
      <List
        list={list}
        empty={
          <Empty title={isFiltered ? "No message matches the filters" : "The quarantine is empty"}>
            {isFiltered ? "Choose other filters." : "Verified messages that cannot be used are kept here."}
          </Empty>
        }
      >
        <Table columns={columns} isStacked>
          {list.items.map((message) => (
            <Row
              key={message.id}
              message={message}
              isBusy={change.isBusy}
              onRelease={() => release(message)}
              onDiscard={() => setDiscarded(message)}
            />
          ))}
        </Table>
      </List>
    </section>
  );
}

interface RowProps {
  message: Quarantined;
  isBusy: boolean;
  onRelease: () => void;
  onDiscard: () => void;
}

function Row({ message, isBusy, onRelease, onDiscard }: RowProps) {
  const { id, connection, webhook, reason, detail, state, receivedAt, resolvedAt } = message;
  return (
    <tr>
      <td>
        <Moment at={receivedAt} />
        <span className="muted id value">{id}</span>
      </td>
      <td data-label="Source">
        <span className="value">{connection}</span>
        <span className="muted small value">{webhook}</span>
      </td>
      <td>
        <strong className="value">{reasonWords(reason)}</strong>
        <span className="value">{detail}</span>
        {state === "quarantined" && <span className="muted small value">{nextStep(reason)}</span>}
      </td>
      <td>
        <Badge tone={state === "quarantined" ? "warning" : state === "released" ? "good" : "neutral"}>{stateWords[state]}</Badge>
        {resolvedAt && (
          <span className="muted small value">
            <Moment at={resolvedAt} />
          </span>
        )}
      </td>
      <td>
        {state === "quarantined" && (
          <div className="buttons">
            <Button size="small" disabled={isBusy} aria-label={`Release ${id}`} onClick={onRelease}>
              Release
            </Button>
            <Button size="small" isDanger disabled={isBusy} aria-label={`Discard ${id}…`} onClick={onDiscard}>
              Discard…
            </Button>
          </div>
        )}
      </td>
    </tr>
  );
}
