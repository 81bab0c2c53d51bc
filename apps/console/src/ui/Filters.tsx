import { Field, Input, Select } from "@zendeskgarden/react-forms";
import { type ReactNode, useEffect, useState } from "react";
import { sinceChoices } from "./since.ts";

/** The filters of a list, beside each other. */
export const Filters = ({ children }: { children: ReactNode }) => (
  <form className="filters filter-bar" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
    {children}
  </form>
);

interface ChoiceProps {
  label: string;
  /** "" for all. */
  chosen: string;
  /** Of the choice without a filter. */
  all: string;
  choices: readonly { id: string; label: string }[];
  onChange: (chosen: string) => void;
}

/** A filter with fixed choices. One that the address names is offered even when the list of choices lacks it. */
export function ChoiceFilter({ label, chosen, all, choices, onChange }: ChoiceProps) {
  const isUnlisted = chosen !== "" && !choices.some(({ id }) => id === chosen);
  return (
    <Field>
      <Field.Label>{label}</Field.Label>
      <Select isCompact value={chosen} onChange={({ target }) => onChange(target.value)}>
        <option value="">{all}</option>
        {isUnlisted && <option value={chosen}>{chosen}</option>}
        {choices.map(({ id, label: text }) => (
          <option key={id} value={id}>
            {text}
          </option>
        ))}
      </Select>
    </Field>
  );
}

type ChosenProps = Pick<ChoiceProps, "chosen" | "onChange">;

/** How far back the list goes. */
export const SinceFilter = (props: ChosenProps) => <ChoiceFilter label="Time" all="Any time" choices={sinceChoices} {...props} />;

/** A filter that a person enters. It counts after Enter, or when the field is left. */
export function TextFilter({ label, placeholder, chosen, onChange }: ChosenProps & { label: string; placeholder: string }) {
  const [text, setText] = useState(chosen);
  useEffect(() => setText(chosen), [chosen]);
  const apply = (): void => {
    if (text.trim() !== chosen) onChange(text.trim());
  };
  return (
    <Field>
      <Field.Label>{label}</Field.Label>
      <Input
        isCompact
        spellCheck={false}
        placeholder={placeholder}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={({ key }) => key === "Enter" && apply()}
        onBlur={apply}
      />
    </Field>
  );
}
