import type { Page } from "@sidelight/client";
import { useCallback, useEffect, useRef, useState } from "react";
import { failureText } from "../session/session.ts";

export interface LoadedList<T> {
  status: "loading" | "ready" | "failed";
  items: readonly T[];
  /** Why it failed; "" otherwise. */
  problem: string;
  hasMore: boolean;
  reload(): void;
  loadMore(): void;
  setItems(change: (items: readonly T[]) => readonly T[]): void;
}

/** A list of the API, page by page. A new `read` starts again. An answer for an earlier `read` is dropped. */
export function useList<T>(read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>): LoadedList<T> {
  const [items, setItems] = useState<readonly T[]>([]);
  const [status, setStatus] = useState<LoadedList<T>["status"]>("loading");
  const [problem, setProblem] = useState("");
  const [cursor, setCursor] = useState<string | null>(null);
  const controller = useRef<AbortController | null>(null);

  const load = useCallback(
    async (next?: string): Promise<void> => {
      controller.current?.abort();
      controller.current = new AbortController();
      const { signal } = controller.current;
      if (next === undefined) setStatus("loading");
      try {
        const page = await read(next, signal);
        if (signal.aborted) return;
        setItems((previous) => (next === undefined ? page.items : [...previous, ...page.items]));
        setCursor(page.nextCursor);
        setStatus("ready");
      } catch (error) {
        if (signal.aborted) return;
        setProblem(failureText(error));
        setStatus("failed");
      }
    },
    [read],
  );
  useEffect(() => {
    void load();
    return () => controller.current?.abort();
  }, [load]);

  return {
    status,
    items,
    problem: status === "failed" ? problem : "",
    hasMore: cursor !== null,
    reload: () => void load(),
    loadMore: () => void (cursor !== null && load(cursor)),
    setItems,
  };
}
