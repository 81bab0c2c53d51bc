import { Button } from "@zendeskgarden/react-buttons";
import type { ReactNode } from "react";
import { Failed, Loading } from "./states.tsx";
import type { LoadedList } from "./useList.ts";

interface Props {
  list: Omit<LoadedList<unknown>, "setItems">;
  /** Shown instead of a list without items. */
  empty: ReactNode;
  children: ReactNode;
}

/** A list in its present state, with the button for its next page. */
export function List({ list, empty, children }: Props) {
  if (list.status === "loading") return <Loading />;
  if (list.status === "failed") return <Failed text={list.problem} onRetry={list.reload} />;
  if (list.items.length === 0) return empty;
  return (
    <>
      {children}
      {list.hasMore && (
        <div className="more">
          <Button size="small" disabled={list.isLoadingMore} onClick={list.loadMore}>
            {list.isLoadingMore ? "Loading…" : "Load more"}
          </Button>
          {list.moreProblem && (
            <span className="status-problem" role="alert">
              {list.moreProblem}
            </span>
          )}
        </div>
      )}
    </>
  );
}
