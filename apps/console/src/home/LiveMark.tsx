import { Button } from "@zendeskgarden/react-buttons";
import type { Session } from "../session/session.ts";
import { liveOf } from "../ui/live.ts";
import { useLive } from "../ui/useLive.ts";

const words = { connecting: "Connecting…", live: "Live", offline: "Not live: trying again" } as const;

/** Whether what the page shows is the present. */
export function LiveMark({ session }: { session: Session }) {
  const { state } = useLive(session);
  return (
    <span className={`live live-${state}`} role="status">
      {words[state]}
      {state === "offline" && (
        <Button size="small" isBasic isLink onClick={liveOf(session).reconnect}>
          Connect now
        </Button>
      )}
    </span>
  );
}
