import type { Replay } from "@sidelight/contracts/events/replay.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { useCallback, useEffect } from "react";
import { deniedText, type PageProps } from "../session/session.ts";
import { Badge } from "../ui/Badge.tsx";
import { List } from "../ui/List.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Part } from "../ui/Part.tsx";
import { Status } from "../ui/Status.tsx";
import { Empty } from "../ui/states.tsx";
import { Table } from "../ui/Table.tsx";
import { useChange } from "../ui/useChange.ts";
import { useList } from "../ui/useList.ts";
import { percent } from "../ui/words.ts";
import { ReplayForm } from "./ReplayForm.tsx";
import { skippedWords, stateTones, stateWords } from "./words.ts";

/** How often a running replay is read again, ms. */
const reloadMs = 2_000;

/** Sends past events to one target again, and shows how far that is. */
export function ReplaysPage({ session }: PageProps) {
  const change = useChange();
  const list = useList(
    useCallback(
      (cursor: string | undefined, signal: AbortSignal) =>
        session.run((client) => client.getReplays({ limit: 20, signal, ...(cursor !== undefined && { cursor }) })),
      [session],
    ),
  );
  const { reload } = list;
  const isRunning = list.items.some(({ state }) => state === "running");
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(reload, reloadMs);
    return () => clearInterval(timer);
  }, [isRunning, reload]);

  const stop = async (id: string): Promise<void> => {
    const isDone = await change.run("Stopping…", async () => {
      await session.run((client) => client.stopReplay(id));
      return "The replay is stopped. Deliveries that wait are sent.";
    });
    if (isDone) reload();
  };
  return (
    <>
      <p className="muted">
        A new route takes events from now on. A replay gives it past events, or fills a target that lost data. Dead letters are
        retried under <a href="#/deliveries?state=dead_letter">Deliveries</a>.
      </p>
      <ReplayForm session={session} onStarted={reload} />
      <Part title="Replays">
        <Status progress={change.progress} outcome={change.outcome} />
        <List list={list} empty={<Empty title="No replay yet" />}>
          <Table columns={["Started", "Target", "State", "So far", { title: "Actions", isHidden: true }]} isStacked>
            {list.items.map((replay) => (
              <Row
                key={replay.id}
                replay={replay}
                canStop={session.rights.operate}
                isBusy={change.isBusy}
                onStop={() => void stop(replay.id)}
              />
            ))}
          </Table>
        </List>
      </Part>
    </>
  );
}

interface RowProps {
  replay: Replay;
  canStop: boolean;
  isBusy: boolean;
  onStop: () => void;
}

function Row({ replay, canStop, isBusy, onStop }: RowProps) {
  const { startedAt, to, route, since, state, message, progress, counts, perMinute } = replay;
  const skippedText = skippedWords(counts.skipped);
  return (
    <tr>
      <td>
        <Moment at={startedAt} />
        <span className="muted small value">
          events since <Moment at={since} />
        </span>
      </td>
      <td data-label="Target">
        {to}
        <span className="muted small value">{route ?? "all routes"}</span>
      </td>
      <td data-label="State">
        <Badge tone={stateTones[state]}>{stateWords[state]}</Badge>
        {state === "running" && (
          <span className="muted small value">
            {percent(progress)} read, {perMinute.toLocaleString()} a minute
          </span>
        )}
        {message && <span className="muted small value">{message}</span>}
      </td>
      <td data-label="So far">
        {counts.deliveries.toLocaleString()} sent
        {skippedText && <span className="muted small value">Left out: {skippedText}</span>}
      </td>
      <td>
        {state === "running" && (
          <Button size="small" isDanger disabled={!canStop || isBusy} title={canStop ? undefined : deniedText} onClick={onStop}>
            Stop
          </Button>
        )}
      </td>
    </tr>
  );
}
