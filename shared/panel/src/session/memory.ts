import type { Context } from "@sidelight/contracts/context/context.ts";
import type { Layout } from "@sidelight/contracts/sessions/layout.ts";
import type { PanelClock } from "../clock.ts";

export interface Remembered {
  context: Context;
  layout: Layout | null;
  etag: string | null;
  requestId: string | null;
  refreshAllowedAt: number | null;
  /** On the monotonic clock. */
  requestedAt: number;
}

const maxEntries = 10;
const maxAgeMs = 15 * 60_000;

export type PanelMemory = ReturnType<typeof createMemory>;

/** The last answers, for a subject that is shown again. Nothing is stored: it ends with the page. */
export function createMemory(clock: PanelClock) {
  const answers = new Map<string, Remembered>();
  return {
    keep(key: string, { context, layout, etag, requestId, refreshAllowedAt, requestedAt }: Remembered): void {
      answers.delete(key);
      answers.set(key, { context, layout, etag, requestId, refreshAllowedAt, requestedAt });
      const [oldest] = answers.keys();
      if (answers.size > maxEntries && oldest !== undefined) answers.delete(oldest);
    },
    recall(key: string): Remembered | null {
      const answer = answers.get(key);
      return answer && clock.monotonic() - answer.requestedAt <= maxAgeMs ? answer : null;
    },
    clear: (): void => answers.clear(),
  };
}
