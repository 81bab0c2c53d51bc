import type { Conflict } from "@sidelight/contracts/conflicts/conflict.ts";
import { Field, Input, Select } from "@zendeskgarden/react-forms";
import { useState } from "react";
import { Preview } from "../ui/Preview.tsx";
import { Table } from "../ui/Table.tsx";
import { counted, labelWords, listed } from "../ui/words.ts";
import { type BatchRule, type Choice, choiceByRule, chosenValue, platformsOf, platformsToWrite } from "./choices.ts";
import type { Resolution } from "./resolve.ts";
import { customerWords, type PlatformLabel, quoted } from "./words.ts";

interface Props {
  conflicts: readonly Conflict[];
  labelOf: PlatformLabel;
  onConfirm: (resolutions: readonly Resolution[]) => void;
  onCancel: () => void;
}

/** One rule for several conflicts, with what it writes. */
export function BatchPreview({ conflicts, labelOf, onConfirm, onCancel }: Props) {
  const [rule, setRule] = useState<BatchRule>("owner");
  const [reason, setReason] = useState("");
  const choices = conflicts.flatMap((conflict) => {
    const choice = choiceByRule(conflict, rule);
    return choice ? [{ conflict, choice }] : [];
  });
  const leftOut = conflicts.length - choices.length;
  return (
    <Preview
      title={`Decide ${counted(conflicts.length, "conflict")}`}
      confirm={`Decide ${counted(choices.length, "conflict")}`}
      isDisabled={choices.length === 0}
      onConfirm={() => onConfirm(choices.map(({ conflict: { id }, choice }) => ({ id, choice, reason })))}
      onCancel={onCancel}
      changes={
        <Table columns={["Customer", "Field", "Value", "Written to"]} isStacked>
          {choices.map(({ conflict, choice }) => (
            <tr key={conflict.id}>
              <td>
                <bdi className="value">{customerWords(conflict)}</bdi>
              </td>
              <td>{labelWords(conflict.field)}</td>
              <td data-label="Value">
                <bdi className="value">{quoted(chosenValue(conflict, choice))}</bdi>
              </td>
              <td data-label="Written to">
                <Writes conflict={conflict} choice={choice} labelOf={labelOf} />
              </td>
            </tr>
          ))}
        </Table>
      }
    >
      <div className="filters">
        <Field>
          <Field.Label>Take</Field.Label>
          <Select isCompact value={rule} onChange={({ target }) => setRule(target.value as BatchRule)}>
            <option value="owner">The value of the owner</option>
            <option value="newest">The value that changed last</option>
            {platformsOf(conflicts).map((platform) => (
              <option key={platform} value={`platform:${platform}`}>
                The value of {labelOf(platform)}
              </option>
            ))}
          </Select>
        </Field>
        <Field>
          <Field.Label>Reason (optional)</Field.Label>
          <Input isCompact maxLength={500} value={reason} onChange={({ target }) => setReason(target.value)} />
        </Field>
      </div>
      {leftOut > 0 && <p className="caution">{counted(leftOut, "conflict")} stay open: this platform has no value in them.</p>}
    </Preview>
  );
}

function Writes({ conflict, choice, labelOf }: { conflict: Conflict; choice: Choice; labelOf: PlatformLabel }) {
  const platforms = platformsToWrite(conflict, choice);
  if (platforms.length === 0) return <span className="muted">nobody</span>;
  return listed(
    platforms.map((platform) => {
      const replacedValue = conflict.values.find((value) => value.platform === platform)?.value ?? null;
      return `${labelOf(platform)} (now ${quoted(replacedValue)})`;
    }),
  );
}
