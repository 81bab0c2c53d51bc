import type { Conflict } from "@sidelight/contracts/conflicts/conflict.ts";
import { useCallback, useState } from "react";
import type { PageProps } from "../session/session.ts";
import { List } from "../ui/List.tsx";
import { Empty } from "../ui/states.tsx";
import { Table } from "../ui/Table.tsx";
import { useList } from "../ui/useList.ts";
import { labelWords, momentWords } from "../ui/words.ts";
import { FieldFilter } from "./FieldFilter.tsx";
import { useFields } from "./useFields.ts";
import { customerWords, decidedByWords, type PlatformLabel, platformLabels, quoted, ruleWords } from "./words.ts";

/** What was decided about fields, by whom, and what each platform had. */
export function ConflictHistory({ session }: PageProps) {
  const [field, setField] = useState("");
  const read = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      session.run((client) =>
        client.getConflicts({
          ...{ state: "resolved", limit: 50, signal },
          ...(field && { type: field }),
          ...(cursor !== undefined && { cursor }),
        }),
      ),
    [session, field],
  );
  const list = useList(read);
  const fields = useFields(session).items;
  const labelOf = platformLabels(fields);
  const empty = (
    <Empty title="No decisions yet">Conflicts that a rule or a person decided appear here, and those that ended alone.</Empty>
  );
  return (
    <section aria-label="Decided conflicts">
      <FieldFilter fields={fields} value={field} onChange={setField} />
      <List list={list} empty={empty}>
        <Table columns={["Customer", "Value that was taken", "Instead of", "Decided by", "When"]} isStacked>
          {list.items.map((conflict) => (
            <Row key={conflict.id} conflict={conflict} labelOf={labelOf} />
          ))}
        </Table>
      </List>
    </section>
  );
}

function Row({ conflict, labelOf }: { conflict: Conflict; labelOf: PlatformLabel }) {
  const { field, decision, values, rule } = conflict;
  if (!decision) return null;
  const otherValues = values.filter(({ platform, value }) => platform !== decision.platform && value !== decision.value);
  return (
    <tr>
      <td>
        <bdi className="value">{customerWords(conflict)}</bdi>
        <span className="muted small">{labelWords(field)}</span>
      </td>
      <td data-label="Taken">
        <bdi className="value">{quoted(decision.value)}</bdi>
        <span className="muted small">{decision.platform === null ? "entered" : labelOf(decision.platform)}</span>
      </td>
      <td {...(otherValues.length > 0 && { "data-label": "Instead of" })}>
        {otherValues.map(({ platform, value }) => (
          <span key={platform} className="value">
            <bdi>{quoted(value)}</bdi> <span className="muted small">{labelOf(platform)}</span>
          </span>
        ))}
      </td>
      <td data-label="Decided by">
        {decidedByWords[decision.by]}
        {decision.by === "rule" && <span className="muted small value">{ruleWords[rule]}</span>}
        {decision.reason && <bdi className="muted small value">{decision.reason}</bdi>}
      </td>
      <td className="moment">{momentWords(decision.at)}</td>
    </tr>
  );
}
