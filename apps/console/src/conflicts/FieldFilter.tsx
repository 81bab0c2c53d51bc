import type { FieldStatus } from "@sidelight/contracts/conflicts/fields.ts";
import { Field, Select } from "@zendeskgarden/react-forms";
import { labelWords } from "../ui/words.ts";

interface Props {
  fields: readonly FieldStatus[];
  /** "" for all. */
  value: string;
  onChange: (name: string) => void;
}

/** Which field's conflicts the list shows. */
export function FieldFilter({ fields, value, onChange }: Props) {
  return (
    <div className="filters">
      <Field>
        <Field.Label>Field</Field.Label>
        <Select isCompact value={value} onChange={({ target }) => onChange(target.value)}>
          <option value="">All fields</option>
          {fields.map(({ name }) => (
            <option key={name} value={name}>
              {labelWords(name)}
            </option>
          ))}
        </Select>
      </Field>
    </div>
  );
}
