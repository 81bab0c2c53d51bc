import type { PanelActions } from "@sidelight/panel/actions/actions.ts";
import type { Drafts } from "@sidelight/panel/actions/drafts.ts";
import { limits } from "@sidelight/panel/actions/limits.ts";
import type { FollowUpView } from "@sidelight/panel/actions/toActions.ts";
import { Field, Input, Select, Textarea } from "@zendeskgarden/react-forms";
import { focusTargets } from "../ui/focus.ts";
import { FormBox } from "./FormBox.tsx";
import { FormFoot } from "./FormFoot.tsx";
import { useDraft } from "./useDraft.ts";

export interface FollowUpProps {
  actions: PanelActions;
  view: FollowUpView;
  isSending: boolean;
  failure: string;
  drafts: Drafts;
  /** Id of the customer on screen. */
  customer: string;
  /** Days of the person's calendar, YYYY-MM-DD: the earliest one, and the one that is proposed. */
  today: string;
  proposedDay: string;
}

/** Creates an internal note of the ticket, or a task, with an owner and a date. */
export function FollowUp({ actions, view, isSending, failure, drafts, customer, today, proposedDay }: FollowUpProps) {
  const { labels, targets } = view;
  const empty = { subject: "", text: "", dueDate: "", target: "", owner: "" };
  const { fields, change, clear } = useDraft(drafts, "follow-up", customer, empty);
  const target = targets.find(({ key }) => key === fields.target) ?? targets[0];
  const owner = target?.owners.find(({ ref }) => (ref ?? "") === fields.owner) ?? target?.owners[0];
  const subject = fields.subject.trim();
  const dueDate = fields.dueDate || proposedDay;
  const send = async () => {
    if (!target) return;
    const command = { kind: "follow-up", platform: target.key, owner: owner?.ref ?? null } as const;
    if (await actions.take({ ...command, subject, text: fields.text.trim(), dueDate })) clear();
  };
  return (
    <FormBox title={view.title} opener={focusTargets.followUp} onClose={actions.close}>
      <Field>
        <Field.Label>{labels.subject}</Field.Label>
        <Input
          isCompact
          required
          maxLength={limits.subject}
          readOnly={isSending}
          value={fields.subject}
          onChange={(event) => change({ subject: event.target.value })}
        />
      </Field>
      <Field>
        <Field.Label>{labels.dueDate}</Field.Label>
        <Input
          isCompact
          type="date"
          required
          min={today}
          value={dueDate}
          onChange={(event) => change({ dueDate: event.target.value })}
        />
      </Field>
      <Choice
        label={labels.target}
        value={target?.key ?? ""}
        options={targets.map(({ key, label }) => ({ value: key, label }))}
        onChange={(value) => change({ target: value, owner: "" })}
      />
      <Choice
        label={labels.owner}
        value={owner?.ref ?? ""}
        options={(target?.owners ?? []).map(({ ref, label }) => ({ value: ref ?? "", label }))}
        onChange={(value) => change({ owner: value })}
      />
      <Field>
        <Field.Label>{labels.text}</Field.Label>
        <Textarea
          isCompact
          rows={2}
          maxLength={limits.text}
          readOnly={isSending}
          value={fields.text}
          onChange={(event) => change({ text: event.target.value })}
        />
      </Field>
      <FormFoot
        action={view.send}
        failure={failure}
        onAct={() => void send()}
        cancelLabel={labels.cancel}
        onCancel={actions.close}
      />
    </FormBox>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: { value: string; label: string }[];
  onChange: (value: string) => void;
}

/** A list of choices, or the only one as text. Nothing without any. */
function Choice({ label, value, options, onChange }: ChoiceProps) {
  const [only] = options;
  if (!only) return null;
  if (options.length === 1)
    return (
      <p className="small">
        <span className="quiet">{label}: </span>
        <bdi>{only.label}</bdi>
      </p>
    );
  return (
    <Field>
      <Field.Label>{label}</Field.Label>
      <Select isCompact value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </Select>
    </Field>
  );
}
