import type { Canary } from "@sidelight/contracts/config/canary.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { useCallback, useEffect } from "react";
import { deniedText, type PageProps } from "../../session/session.ts";
import { Badge } from "../../ui/Badge.tsx";
import { List } from "../../ui/List.tsx";
import { Moment } from "../../ui/Moment.tsx";
import { Status } from "../../ui/Status.tsx";
import { Empty } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { useChange } from "../../ui/useChange.ts";
import { useList } from "../../ui/useList.ts";
import { selectionWords, stateTones, stateWords } from "./words.ts";

/** How often a running canary is read again, ms. */
const reloadMs = 3_000;

/** Changes that were tried with a part of the events, and what became of them. */
export function CanariesPage({ session }: PageProps) {
  const change = useChange();
  const list = useList(
    useCallback(
      (cursor: string | undefined, signal: AbortSignal) =>
        session.run((client) => client.getCanaries({ limit: 20, signal, ...(cursor !== undefined && { cursor }) })),
      [session],
    ),
  );
  const isRunning = list.items.some(({ state }) => state === "running");
  const { reload } = list;
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(reload, reloadMs);
    return () => clearInterval(timer);
  }, [isRunning, reload]);

  const end = async (canary: Canary, way: "stop" | "promote"): Promise<void> => {
    const isDone = await change.run(way === "stop" ? "Stopping…" : "Activating…", async () => {
      await session.run((client) => (way === "stop" ? client.stopCanary(canary.id) : client.promoteCanary(canary.id)));
      return way === "stop" ? "The active version handles all events again." : `${canary.version} is active for all events.`;
    });
    if (isDone) reload();
  };
  return (
    <>
      <a className="back" href="#/configuration">
        ← All versions
      </a>
      <h2>Tried with a part of the events</h2>
      <Status progress={change.progress} outcome={change.outcome} />
      <List
        list={list}
        empty={
          <Empty title="No change was tried with a part of the events yet">
            Edit the configuration, and apply the change to a part of the events first.
          </Empty>
        }
      >
        <Table
          columns={[
            "Started",
            "Version",
            "State",
            "Its deliveries",
            "Those of the active version",
            { title: "Actions", isHidden: true },
          ]}
          isStacked
        >
          {list.items.map((canary) => (
            <Row
              key={canary.id}
              canary={canary}
              canChange={session.rights.operate}
              isBusy={change.isBusy}
              onEnd={(way) => void end(canary, way)}
            />
          ))}
        </Table>
      </List>
    </>
  );
}

interface RowProps {
  canary: Canary;
  canChange: boolean;
  isBusy: boolean;
  onEnd: (how: "stop" | "promote") => void;
}

function Row({ canary, canChange, isBusy, onEnd }: RowProps) {
  const { startedAt, version, base, state, message, outcome } = canary;
  const isOpen = state === "running" || state === "passed";
  const title = canChange ? undefined : deniedText;
  return (
    <tr>
      <td>
        <Moment at={startedAt} />
        <span className="muted small value">{selectionWords(canary)}</span>
      </td>
      <td data-label="Version">
        <a className="id" href={`#/configuration/${version}`}>
          {version}
        </a>
        <span className="muted small value">instead of {base}</span>
      </td>
      <td data-label="State">
        <Badge tone={stateTones[state]}>{stateWords[state]}</Badge>
        {message && <span className="muted small value">{message}</span>}
      </td>
      <td data-label="Its deliveries">
        <Outcome {...outcome.canary} />
      </td>
      <td data-label="Those of the active version">
        <Outcome {...outcome.active} />
      </td>
      <td>
        {isOpen && (
          <div className="buttons">
            <Button size="small" disabled={!canChange || isBusy} title={title} onClick={() => onEnd("promote")}>
              Activate for all
            </Button>
            {state === "running" && (
              <Button size="small" isDanger disabled={!canChange || isBusy} title={title} onClick={() => onEnd("stop")}>
                Stop
              </Button>
            )}
          </div>
        )}
      </td>
    </tr>
  );
}

const Outcome = ({ done, failed, open, withheld }: Canary["outcome"]["canary"]) => (
  <>
    {done.toLocaleString()} done, {failed.toLocaleString()} failed
    {open > 0 && `, ${open.toLocaleString()} waiting`}
    {withheld > 0 && `, ${withheld.toLocaleString()} withheld`}
  </>
);
