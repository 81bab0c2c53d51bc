import { useCallback } from "react";
import type { PageProps } from "../session/session.ts";
import { List } from "../ui/List.tsx";
import { Empty } from "../ui/states.tsx";
import { Table } from "../ui/Table.tsx";
import { useList } from "../ui/useList.ts";
import { labelWords, momentWords } from "../ui/words.ts";
import { strikeWords } from "./words.ts";

/** Identifiers that join no records. */
export function Strikes({ session }: PageProps) {
  const read = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      session.run((client) => client.getIdentityStrikes({ limit: 50, signal, ...(cursor !== undefined && { cursor }) })),
    [session],
  );
  const list = useList(read);
  const empty = <Empty title="No strikes">Every identifier of this tenant counts as evidence.</Empty>;
  return (
    <section aria-label="Strikes">
      <List list={list} empty={empty}>
        <p className="muted">These identifiers join no records, because they do not identify one customer.</p>
        <Table columns={["Identifier", "Reason", { title: "Records", isNumber: true }, "Since"]}>
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
        </Table>
      </List>
    </section>
  );
}
