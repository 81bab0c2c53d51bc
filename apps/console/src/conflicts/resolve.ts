import { failureText, type Session } from "../session/session.ts";
import { type Choice, requestOf } from "./choices.ts";

/** A conflict with what is taken for it. */
export interface Resolution {
  id: string;
  choice: Choice;
  reason: string;
}

export interface ResolutionResult {
  /** Ids of the conflicts that were decided. */
  decided: string[];
  /** Why the others were not; "" when all were. */
  problem: string;
}

/** Decides conflicts one after the other. After a failure it stops, so that a person sees where. */
export async function resolveConflicts(
  session: Session,
  resolutions: readonly Resolution[],
  progress: (count: number) => void,
): Promise<ResolutionResult> {
  const decidedIds: string[] = [];
  for (const { id, choice, reason } of resolutions) {
    try {
      await session.run((client) => client.resolveConflict(id, requestOf(choice, reason)));
      decidedIds.push(id);
      progress(decidedIds.length);
    } catch (error) {
      return { decided: decidedIds, problem: failureText(error) };
    }
  }
  return { decided: decidedIds, problem: "" };
}
