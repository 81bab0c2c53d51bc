import { Checkbox, Field, Input, Textarea } from "@zendeskgarden/react-forms";
import { useState } from "react";
import { enteredValue, type Setting, textOf } from "./settings.ts";

interface Props {
  setting: Setting;
  /** The value that is set instead; undefined for none. */
  changed: Setting["value"] | undefined;
  onChange: (value: Setting["value"] | null) => void;
}

/** One value, with a field that fits its type. */
export function SettingField({ setting, changed, onChange }: Props) {
  const { label, value } = setting;
  const current = changed ?? value;
  const [text, setText] = useState(() => textOf(current));
  const isChanged = changed !== undefined;
  if (typeof value === "boolean")
    return (
      <Field>
        <Checkbox checked={current === true} onChange={({ target }) => onChange(target.checked)}>
          <Field.Label isRegular>
            {label}
            {isChanged && <ChangedMark />}
          </Field.Label>
        </Checkbox>
      </Field>
    );
  const enteredText = enteredValue(text, setting);
  const change = (next: string): void => {
    setText(next);
    onChange(enteredValue(next, setting));
  };
  return (
    <Field>
      <Field.Label isRegular>
        {label}
        {isChanged && <ChangedMark />}
      </Field.Label>
      {Array.isArray(value) ? (
        <>
          <Field.Hint>One for each line</Field.Hint>
          <Textarea isCompact minRows={2} maxRows={8} value={text} onChange={({ target }) => change(target.value)} />
        </>
      ) : (
        <Input
          isCompact
          inputMode={typeof value === "number" ? "decimal" : "text"}
          value={text}
          onChange={({ target }) => change(target.value)}
          {...(enteredText === null ? { validation: "error" as const } : {})}
        />
      )}
      {enteredText === null && <Field.Message validation="error">Enter a number.</Field.Message>}
    </Field>
  );
}

const ChangedMark = () => <span className="changed-mark"> · changed</span>;
