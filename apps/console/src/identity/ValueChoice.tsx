import type { ChosenValues } from "@sidelight/contracts/identity/changes.ts";
import type { Suggestion } from "@sidelight/contracts/identity/evidence.ts";
import { Field, Select } from "@zendeskgarden/react-forms";
import { capitalized } from "../ui/words.ts";
import { fieldOptions, fieldWords, type ShownField, shownWords } from "./values.ts";
import { recordWords } from "./words.ts";

interface Props {
  suggestion: Suggestion;
  chosen: ChosenValues;
  onChange: (chosen: ChosenValues) => void;
}

/** Whose values the customer is shown with after the merge. */
export function ValueChoice({ suggestion, chosen, onChange }: Props) {
  const fields = fieldOptions(suggestion);
  if (fields.length === 0) return null;
  const choose = (field: ShownField, ref: string): void => {
    const { [field]: _, ...others } = chosen;
    onChange(ref === "" ? others : { ...others, [field]: ref });
  };
  return (
    <fieldset className="value-choice">
      <legend>Shown after the merge</legend>
      <div className="filters">
        {fields.map(({ field, options }) => (
          <Field key={field}>
            <Field.Label isRegular>{capitalized(fieldWords[field])}</Field.Label>
            <Select isCompact value={chosen[field] ?? ""} onChange={({ target }) => choose(field, target.value)}>
              <option value="">By the rules</option>
              {options.map(({ ref, value }) => (
                <option key={ref} value={ref}>
                  {value} ({recordWords(ref)})
                </option>
              ))}
            </Select>
          </Field>
        ))}
      </div>
      <p className="muted small" role="status">
        {shownWords(fields, chosen)}
      </p>
    </fieldset>
  );
}
