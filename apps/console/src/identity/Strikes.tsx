import { Button } from "@zendeskgarden/react-buttons";
import { useCallback } from "react";
import type { PageProps } from "../session/session.ts";
import { Empty, Failed, Loading } from "../ui/states.tsx";
import { useList } from "./useList.ts";
import { labelWords, momentWords, strikeWords } from "./words.ts";

/** Identifiers that join no records. */
export function Strikes({ session }: PageProps) {
  const read = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      session.run((client) => client.getIdentityStrikes({ limit: 50, signal, ...(cursor !== undefined && { cursor }) })),
    [session],
  );
  const list = useList(read);
  if (list.status === "loading") return <Loading />;
  if (list.status === "failed") return <Failed text={list.problem} onRetry={list.reload} />;
  if (list.items.length === 0) return <Empty title="No strikes">Every identifier of this tenant counts as evidence.</Empty>;
  return (
    <section aria-label="Strikes">
      <p className="muted">These identifiers join no records, because they do not identify one customer.</p>
      <div className="scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Identifier</th>
              <th scope="col">Reason</th>
              <th scope="col" className="number">
                Records
              </th>
              <th scope="col">Since</th>
            </tr>
          </thead>
          <tbody>
            {list.items.map(({ id, kind, value, reason, holders, since, by }) => (
              <tr key={id}>
                <td>
                  <bdi className="value">{value}</bdi>
                  <span className="muted small">{labelWords(kind)}</span>
                </td>
                <td>
                  {strikeWords[reason]}
                  {by !== null && <span className="muted small value">Key {by}</span>}
                </td>
                <td className="number">{holders.toLocaleString()}</td>
                <td className="moment">{momentWords(since)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {list.hasMore && (
        <Button size="small" onClick={list.loadMore}>
          Load more
        </Button>
      )}
    </section>
  );
}
