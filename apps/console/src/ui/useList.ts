import type { Page } from "@sidelight/client";
import { useCallback, useEffect, useRef, useState } from "react";
import { failureText } from "../session/session.ts";

export interface LoadedList<T> {
  status: "loading" | "ready" | "failed";
  items: readonly T[];
  /** Why the list failed; "" otherwise. */
  problem: string;
  hasMore: boolean;
  isLoadingMore: boolean;
  /** Why the next page failed; "" otherwise. The items before it stay. */
  moreProblem: string;
  reload(): void;
  loadMore(): void;
  setItems(change: (items: readonly T[]) => readonly T[]): void;
}

/**
 * A list of the API, page by page. A new `read` starts again. An answer for an earlier `read` is dropped. A reload keeps the items until
 * the first page is there.
 */
export function useList<T>(read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>): LoadedList<T> {
  const [items, setItems] = useState<readonly T[]>([]);
  const [status, setStatus] = useState<LoadedList<T>["status"]>("loading");
  const [problem, setProblem] = useState("");
  const [moreProblem, setMoreProblem] = useState("");
  const [isLoadingMore, setLoadingMore] = useState(false);
  const [cursor, setCursor] = useState<string | null>(null);
  const controller = useRef<AbortController | null>(null);
  const shownRead = useRef<typeof read | null>(null);

  const load = useCallback(
    async (next?: string): Promise<void> => {
      controller.current?.abort();
      controller.current = new AbortController();
      const { signal } = controller.current;
      if (next === undefined && shownRead.current !== read) setStatus("loading");
      setLoadingMore(next !== undefined);
      setMoreProblem("");
      try {
        const page = await read(next, signal);
        if (signal.aborted) return;
        setItems((previous) => (next === undefined ? page.items : [...previous, ...page.items]));
        setCursor(page.nextCursor);
        setStatus("ready");
        shownRead.current = read;
      } catch (error) {
        if (signal.aborted) return;
        if (next !== undefined) return setMoreProblem(failureText(error));
        setProblem(failureText(error));
        setStatus("failed");
        shownRead.current = null;
      } finally {
        if (!signal.aborted) setLoadingMore(false);
      }
    },
    [read],
  );
  useEffect(() => {
    void load();
    return () => controller.current?.abort();
  }, [load]);

  return {
    ...{ status, items, moreProblem, isLoadingMore, setItems },
    problem: status === "failed" ? problem : "",
    hasMore: cursor !== null,
    reload: useCallback(() => void load(), [load]),
    loadMore: () => void (cursor !== null && load(cursor)),
  };
}
