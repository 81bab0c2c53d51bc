import { useCallback } from "react";
import { deniedText, type PageProps } from "../session/session.ts";
import { liveOf } from "../ui/live.ts";
import { Status } from "../ui/Status.tsx";
import { Empty, Failed, Loading } from "../ui/states.tsx";
import { useChange } from "../ui/useChange.ts";
import { useLive } from "../ui/useLive.ts";
import { Configuration } from "./Configuration.tsx";
import { Connections } from "./Connections.tsx";
import { LiveMark } from "./LiveMark.tsx";
import { Panels } from "./Panels.tsx";
import { Problems } from "./Problems.tsx";
import { Waiting } from "./Waiting.tsx";

/** What an operator has to know, and what to do next, as it is now. */
export function HomePage({ session }: PageProps) {
  const { overview, problem } = useLive(session);
  const change = useChange();
  const reconnect = useCallback(() => liveOf(session).reconnect(), [session]);
  if (!overview) return problem ? <Failed text={problem} onRetry={reconnect} /> : <Loading />;
  const { sentence, connections, problems, waiting, panels, configuration } = overview;
  const isHealthy = connections.every(({ state }) => state === "ok" || state === "backfilling");
  return (
    <div className="home">
      <div className="home-head">
        <p className={isHealthy ? "sentence" : "sentence sentence-problem"}>{sentence}</p>
        <LiveMark session={session} />
      </div>
      {!session.rights.operate && <p className="muted small">{deniedText}</p>}
      <Status progress={change.progress} outcome={change.outcome} />
      {connections.length === 0 ? (
        <Empty title="No platform is connected">
          Add one with <code>sidelight connect</code>.
        </Empty>
      ) : (
        <Connections session={session} connections={connections} change={change} />
      )}
      <Problems session={session} problems={problems} change={change} />
      <div className="home-columns">
        <Waiting waiting={waiting} />
        <Panels panels={panels} connections={connections} />
      </div>
      {configuration && <Configuration session={session} configuration={configuration} change={change} />}
    </div>
  );
}
