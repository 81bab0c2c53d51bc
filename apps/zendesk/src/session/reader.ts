import type { PanelSession } from "@sidelight/panel/session/session.ts";
import type { Environment, Preferences } from "../zaf/environment.ts";

/** The person for whom the API chooses a layout and its labels. */
export interface Reader {
  /** For a call: names the person as the host knows them at this moment. */
  current(): Preferences;
  /** Reads the customer again when the person named in the last call is no longer current. @returns ends it */
  follow(session: Pick<PanelSession, "state" | "subscribe" | "reload">): () => void;
}

/** The host may name the person's language and groups after the first call has left. */
export function createReader(environment: Environment): Reader {
  let sentKey: string | null = null;
  const currentKey = (): string => {
    const { locale, teams } = environment.current();
    return JSON.stringify([locale, teams]);
  };
  return {
    current() {
      sentKey = currentKey();
      return environment.current();
    },
    follow(session) {
      const readIfChanged = (): void => {
        const { phase, layout } = session.state();
        if (sentKey === null || sentKey === currentKey() || phase !== "settled" || !layout) return;
        // Also after a failure, not more than once for each change.
        sentKey = currentKey();
        void session.reload({ isQuiet: true });
      };
      const ends = [environment.subscribe(readIfChanged), session.subscribe(readIfChanged)];
      return () => {
        for (const end of ends) end();
      };
    },
  };
}
