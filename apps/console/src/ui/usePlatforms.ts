import { useCallback } from "react";
import type { Session } from "../session/session.ts";
import { useAnswer } from "./useAnswer.ts";
import { capitalized } from "./words.ts";

export interface Choice {
  id: string;
  label: string;
}

/** The connections, and the platforms behind them, for filters. Empty until they are loaded. */
export function useConnections(session: Session): { connections: readonly Choice[]; platforms: readonly Choice[] } {
  const answer = useAnswer(
    useCallback((signal: AbortSignal) => session.run((client) => client.getConnections({ signal })), [session]),
  );
  const connections = answer.status === "ready" ? answer.value : [];
  const choice = (id: string): Choice => ({ id, label: capitalized(id) });
  return {
    connections: connections.map(({ id }) => choice(id)),
    platforms: [...new Set(connections.map(({ platform }) => platform))].map(choice),
  };
}

/** Ids of the active routes, for filters. Empty until they are loaded. */
export function useRouteChoices(session: Session): readonly Choice[] {
  const answer = useAnswer(
    useCallback((signal: AbortSignal) => session.run((client) => client.getRoutes({ signal })), [session]),
  );
  return answer.status === "ready" ? answer.value.items.map(({ id }) => ({ id, label: id })) : [];
}
