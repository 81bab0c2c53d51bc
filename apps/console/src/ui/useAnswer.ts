import { useCallback, useEffect, useRef, useState } from "react";
import { failureText } from "../session/session.ts";

export type Answer<T> =
  | { status: "loading" }
  | { status: "ready"; value: T }
  /** `problem` says why. */
  | { status: "failed"; problem: string };

/** One answer of the API. A new `read` asks again. An answer for an earlier `read` is dropped. A reload keeps the answer until the next one. */
export function useAnswer<T>(read: (signal: AbortSignal) => Promise<T>): Answer<T> & { reload: () => void } {
  const [answer, setAnswer] = useState<Answer<T>>({ status: "loading" });
  const [attempt, setAttempt] = useState(0);
  const lastRead = useRef<typeof read | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt asks again
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const isReload = lastRead.current === read;
    lastRead.current = read;
    setAnswer((previous) => (isReload && previous.status === "ready" ? previous : { status: "loading" }));
    read(signal).then(
      (value) => !signal.aborted && setAnswer({ status: "ready", value }),
      (error) => !signal.aborted && setAnswer({ status: "failed", problem: failureText(error) }),
    );
    return () => controller.abort();
  }, [read, attempt]);
  return { ...answer, reload: useCallback(() => setAttempt((count) => count + 1), []) };
}
