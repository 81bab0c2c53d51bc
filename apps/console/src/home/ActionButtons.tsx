import type { ConnectionAction } from "@sidelight/contracts/connections/connection.ts";
import type { ConnectionOverview } from "@sidelight/contracts/overview/overview.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { useRef } from "react";
import { deniedText, type Session } from "../session/session.ts";
import type { Change } from "../ui/useChange.ts";
import { actionWords } from "./words.ts";

interface Props {
  session: Session;
  connection: ConnectionOverview;
  change: Change;
}

/** The next action as a button, and the others behind "More". */
export function ActionButtons({ session, connection, change }: Props) {
  const { id, label, state, nextAction } = connection;
  const menu = useRef<HTMLDetailsElement>(null);
  const next = nextAction?.action ?? null;
  const allActions: ConnectionAction[] =
    state === "paused" ? ["resume", "reread-secret"] : ["probe", "pull", "reread-secret", "pause"];
  const isDenied = !session.rights.operate;

  const act = (action: ConnectionAction): void => {
    if (menu.current) menu.current.open = false;
    const { name } = actionWords[action];
    void change.run(`${name}: ${label}…`, async () => {
      return `${label}: ${(await session.run((client) => client.actOnConnection(id, action))).summary}`;
    });
  };
  const button = (action: ConnectionAction, isPrimary: boolean) => (
    <Button
      key={action}
      size="small"
      isPrimary={isPrimary}
      disabled={isDenied || change.isBusy}
      aria-label={`${actionWords[action].name} ${label}`}
      onClick={() => act(action)}
    >
      {actionWords[action].name}
    </Button>
  );

  return (
    <div className="buttons" title={isDenied ? deniedText : undefined}>
      {next && button(next, true)}
      <details
        ref={menu}
        className="more-actions"
        onKeyDown={(event) => {
          if (event.key !== "Escape" || !menu.current) return;
          menu.current.open = false;
          menu.current.querySelector("summary")?.focus();
        }}
      >
        <summary aria-label={`More actions for ${label}`}>More</summary>
        <div className="more-list">
          {allActions
            .filter((action) => action !== next)
            .map((action) => (
              <div key={action}>
                {button(action, false)} <span className="muted small">{actionWords[action].effect}</span>
              </div>
            ))}
        </div>
      </details>
    </div>
  );
}
