import type { ConnectionAction, ConnectionStatus } from "@sidelight/contracts/connections/connection.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { useState } from "react";
import { deniedText, type PageProps } from "../session/session.ts";
import { Preview } from "../ui/Preview.tsx";
import type { Change } from "../ui/useChange.ts";

interface Props extends PageProps {
  connection: ConnectionStatus;
  change: Change;
  onChanged: () => void;
}

const labels: Readonly<Record<ConnectionAction, string>> = {
  probe: "Probe",
  pull: "Pull now",
  pause: "Pause…",
  resume: "Resume",
  "reread-secret": "Re-read the secret",
};

/** What an operator does to a connection. A pause is confirmed first. */
export function ConnectionButtons({ session, connection: { id, pausedAt, streams }, change, onChanged }: Props) {
  const [isPausing, setPausing] = useState(false);
  const isPaused = typeof pausedAt === "string";
  const actions: ConnectionAction[] = isPaused
    ? ["resume"]
    : ["probe", ...(streams.length > 0 ? (["pull"] as const) : []), "reread-secret", "pause"];

  const act = async (action: ConnectionAction): Promise<void> => {
    setPausing(false);
    await change.run(`${labels[action].replace("…", "")}: ${id}…`, async () => {
      return `${id}: ${(await session.run((client) => client.actOnConnection(id, action))).summary}`;
    });
    onChanged();
  };

  return (
    <>
      <div className="buttons" title={session.rights.operate ? undefined : deniedText}>
        {actions.map((action) => (
          <Button
            key={action}
            size="small"
            disabled={change.isBusy || !session.rights.operate}
            aria-label={`${labels[action]} ${id}`}
            onClick={() => (action === "pause" ? setPausing(true) : act(action))}
          >
            {labels[action]}
          </Button>
        ))}
      </div>
      {isPausing && (
        <Preview
          title={`Pause ${id}?`}
          confirm="Pause"
          onConfirm={() => act("pause")}
          onCancel={() => setPausing(false)}
          changes={null}
        >
          <p>
            Nothing is pulled from it and nothing is delivered to it until somebody resumes it. Panels show what is stored.
            Webhooks are still stored.
          </p>
        </Preview>
      )}
    </>
  );
}
