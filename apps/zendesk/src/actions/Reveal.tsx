import type { PanelActions } from "@sidelight/panel/actions/actions.ts";
import { limits } from "@sidelight/panel/actions/limits.ts";
import type { RevealView } from "@sidelight/panel/actions/toActions.ts";
import { Field, Input } from "@zendeskgarden/react-forms";
import { useState } from "react";
import { FormBox } from "./FormBox.tsx";
import { FormFoot } from "./FormFoot.tsx";

export interface RevealProps {
  actions: PanelActions;
  view: RevealView;
  failure: string;
  /** The customer, or a section, and which of its values. */
  part: string;
  pointers: readonly string[];
}

/** Asks why hidden values are needed. */
export function Reveal({ actions, view, failure, part, pointers }: RevealProps) {
  const [text, setText] = useState("");
  const reveal = () => void actions.take({ kind: "reveal", pointers, reason: text.trim() });
  return (
    <FormBox title={view.title} opener={`[data-reveal="${part}"]`} onClose={actions.close}>
      <p className="small">{view.text}</p>
      <Field>
        <Field.Label>{view.reasonLabel}</Field.Label>
        <Field.Hint>{view.reasonHint}</Field.Hint>
        <Input
          isCompact
          required
          maxLength={limits.reason}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === "Enter" && reveal()}
        />
      </Field>
      <FormFoot action={view.reveal} failure={failure} onAct={reveal} cancelLabel={view.cancel} onCancel={actions.close} />
    </FormBox>
  );
}
