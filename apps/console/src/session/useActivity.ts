import { useEffect } from "react";
import type { Session } from "./session.ts";

/** The server learns of activity this often. */
const renewMs = 5 * 60_000;

/** Renews the session while the operator is active, and ends it when they are not: one in an unattended window is a risk. */
export function useActivity(session: Session | null, end: (reason: string) => void): void {
  useEffect(() => {
    if (!session) return;
    const idleMs = session.idleSeconds * 1000;
    let timer: ReturnType<typeof setTimeout>;
    let renewedAt = Date.now();
    const leave = (): void => {
      // It ends at the server by itself, too.
      session.signOut().catch(() => {});
      end(`You were signed out after ${Math.round(idleMs / 60_000)} minutes without activity.`);
    };
    const recordActivity = (): void => {
      clearTimeout(timer);
      timer = setTimeout(leave, idleMs);
      if (Date.now() - renewedAt < renewMs) return;
      renewedAt = Date.now();
      // A failure is tried again with the next activity.
      session.renew().catch(() => {
        renewedAt = 0;
      });
    };
    timer = setTimeout(leave, idleMs);
    const names = ["keydown", "pointerdown"] as const;
    for (const name of names) window.addEventListener(name, recordActivity);
    return () => {
      clearTimeout(timer);
      for (const name of names) window.removeEventListener(name, recordActivity);
    };
  }, [session, end]);
}
