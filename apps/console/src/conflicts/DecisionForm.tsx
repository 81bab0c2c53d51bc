import type { Conflict } from "@sidelight/contracts/conflicts/conflict.ts";
import type { FieldStatus } from "@sidelight/contracts/conflicts/fields.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { Field, Input } from "@zendeskgarden/react-forms";
import { type FormEvent, useId, useState } from "react";
import { listed, momentWords } from "../ui/words.ts";
import { type Choice, chosenValue, enteredValue, platformsToWrite } from "./choices.ts";
import { causeWords, type PlatformLabel, quoted, ruleWords, valueWords } from "./words.ts";

interface Props {
  conflict: Conflict;
  type: FieldStatus["type"];
  labelOf: PlatformLabel;
  isBusy: boolean;
  onResolve: (choice: Choice, reason: string) => void;
}

/** The choice of a value that no platform has. */
const otherChoice = "";

/** The values of a conflict side by side. A person chooses one, and sees what is written before it is. */
export function DecisionForm({ conflict, type, labelOf, isBusy, onResolve }: Props) {
  const [chosenPlatform, setChosen] = useState<string | null>(null);
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const name = useId();
  const entry = enteredValue(text, type);
  const problem = chosenPlatform === otherChoice ? entry.problem : "";
  const choice: Choice | null =
    chosenPlatform === null || problem
      ? null
      : chosenPlatform === otherChoice
        ? { value: entry.value }
        : { platform: chosenPlatform };

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (choice && !isBusy) onResolve(choice, reason);
  };

  return (
    <form className="decision" onSubmit={submit}>
      <Explanation conflict={conflict} labelOf={labelOf} />
      <fieldset>
        <legend className="visually-hidden">Which value is right?</legend>
        {conflict.values.map((value) => (
          <label key={value.platform} className="option">
            <input
              type="radio"
              name={name}
              checked={chosenPlatform === value.platform}
              onChange={() => setChosen(value.platform)}
            />
            <PlatformValue conflict={conflict} value={value} label={labelOf(value.platform)} />
          </label>
        ))}
        <label className="option">
          <input type="radio" name={name} checked={chosenPlatform === otherChoice} onChange={() => setChosen(otherChoice)} />
          <strong>Another value</strong>
        </label>
      </fieldset>
      {chosenPlatform === otherChoice && (
        <Field>
          <Field.Label>Value</Field.Label>
          <Field.Hint>An empty value clears the field on every platform.</Field.Hint>
          <Input
            isCompact
            autoFocus
            value={text}
            onChange={({ target }) => setText(target.value)}
            {...(problem && { validation: "error" as const })}
          />
          {problem && <Field.Message validation="error">{problem}</Field.Message>}
        </Field>
      )}
      <Field>
        <Field.Label isRegular>Reason (optional)</Field.Label>
        <Input isCompact maxLength={500} value={reason} onChange={({ target }) => setReason(target.value)} />
      </Field>
      <div className="decide">
        <Button type="submit" size="small" isPrimary disabled={choice === null || isBusy}>
          Decide
        </Button>
        <span className="muted small" role="status">
          {consequence(conflict, choice, labelOf)}
        </span>
      </div>
    </form>
  );
}

function Explanation({ conflict, labelOf }: Pick<Props, "conflict" | "labelOf">) {
  const { cause, rule, base, owner, openedAt, customer } = conflict;
  return (
    <div className="small">
      <p>
        {causeWords[cause].text}
        {base && (
          <>
            {" "}
            Last agreed: <bdi>{quoted(base.value)}</bdi>.
          </>
        )}
      </p>
      <p className="muted">
        {owner && `${labelOf(owner)} owns the field; `}rule: {ruleWords[rule]}. Open since {momentWords(openedAt)}.{" "}
        {customer && <bdi>{customer}</bdi>}
      </p>
    </div>
  );
}

interface PlatformValueProps {
  conflict: Conflict;
  value: Conflict["values"][number];
  label: string;
}

function PlatformValue({ conflict, value: { platform, value, ref, changedAt, hasChanged }, label }: PlatformValueProps) {
  const text = valueWords(value);
  return (
    <span className="option-text">
      <strong>
        {label}
        {platform === conflict.owner && <span className="tag">owner</span>}
      </strong>
      <bdi className={text ? "value" : "value muted"}>{text || "no value"}</bdi>
      <span className="muted small">
        {hasChanged === null ? "Changed" : hasChanged ? "Changed since, on" : "Not changed since. Last change"}{" "}
        {momentWords(changedAt)}
        {ref && (
          <>
            {" · "}
            <bdi>{ref}</bdi>
          </>
        )}
      </span>
    </span>
  );
}

function consequence(conflict: Conflict, choice: Choice | null, labelOf: PlatformLabel): string {
  if (choice === null) return "Choose the value that is right.";
  const targets = platformsToWrite(conflict, choice).map(labelOf);
  if (targets.length === 0) return "No platform is written: all have this value.";
  const value = chosenValue(conflict, choice);
  return value === null ? `Clears the field in ${listed(targets)}.` : `Writes ${quoted(value)} to ${listed(targets)}.`;
}
