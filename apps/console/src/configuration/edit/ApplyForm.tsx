import { Field, Input, Radio } from "@zendeskgarden/react-forms";
import { useState } from "react";
import { Preview } from "../../ui/Preview.tsx";

/** How a change becomes active. */
export type Rollout =
  | { how: "all"; reason: string }
  | { how: "canary"; reason: string; percent: number; minutes: number; promotes: boolean };

interface Props {
  /** False when more than routes change: then it cannot be tried with a part of the events. */
  canBeCanary: boolean;
  isBusy: boolean;
  onConfirm: (rollout: Rollout) => void;
  onCancel: () => void;
}

/** Asks for the reason, and whether all events or a part of them go to the new version. */
export function ApplyForm({ canBeCanary, isBusy, onConfirm, onCancel }: Props) {
  const [howWay, setHow] = useState<Rollout["how"]>(canBeCanary ? "canary" : "all");
  const [reason, setReason] = useState("");
  const [percent, setPercent] = useState("10");
  const [minutes, setMinutes] = useState("60");
  const [promotes, setPromotes] = useState(true);
  const [share, duration] = [Number(percent), Number(minutes)];
  const isValid =
    reason.trim() !== "" && (howWay === "all" || (share > 0 && share < 100 && Number.isInteger(duration) && duration > 0));

  const confirm = (): void =>
    onConfirm(
      howWay === "all"
        ? { how: howWay, reason: reason.trim() }
        : { how: howWay, reason: reason.trim(), percent: share, minutes: duration, promotes },
    );
  return (
    <Preview
      title="Apply the change?"
      confirm={howWay === "all" ? "Apply to all events" : "Start with a part of the events"}
      isDisabled={!isValid || isBusy}
      onConfirm={confirm}
      onCancel={onCancel}
      changes={null}
    >
      <div className="rollout">
        <Field>
          <Field.Label>Reason</Field.Label>
          <Field.Hint>The audit keeps it. No names and addresses of customers.</Field.Hint>
          <Input isCompact maxLength={200} value={reason} onChange={({ target }) => setReason(target.value)} />
        </Field>
        <fieldset>
          <legend className="visually-hidden">For which events</legend>
          <Field>
            <Radio
              name="rollout"
              value="canary"
              disabled={!canBeCanary}
              checked={howWay === "canary"}
              onChange={() => setHow("canary")}
            >
              <Field.Label isRegular>
                With a part of the events first. It is rolled back by itself when it fails more often than the active version.
              </Field.Label>
              {!canBeCanary && <Field.Hint>Only changes of routes can be tried this way.</Field.Hint>}
            </Radio>
          </Field>
          <Field>
            <Radio name="rollout" value="all" checked={howWay === "all"} onChange={() => setHow("all")}>
              <Field.Label isRegular>With all events at once.</Field.Label>
            </Radio>
          </Field>
        </fieldset>
        {howWay === "canary" && (
          <div className="setting-fields">
            <Field>
              <Field.Label>Share of the customers, in %</Field.Label>
              <Input isCompact inputMode="decimal" value={percent} onChange={({ target }) => setPercent(target.value)} />
            </Field>
            <Field>
              <Field.Label>Minutes until it has passed</Field.Label>
              <Input isCompact inputMode="numeric" value={minutes} onChange={({ target }) => setMinutes(target.value)} />
            </Field>
            <Field>
              <Radio name="then" value="promote" checked={promotes} onChange={() => setPromotes(true)}>
                <Field.Label isRegular>Then activate it for all events</Field.Label>
              </Radio>
            </Field>
            <Field>
              <Radio name="then" value="wait" checked={!promotes} onChange={() => setPromotes(false)}>
                <Field.Label isRegular>Then wait for me</Field.Label>
              </Radio>
            </Field>
          </div>
        )}
        <p className="muted">
          The change stays active until the configuration files change. Write it into the files too, or the next change of the
          files ends it.
        </p>
      </div>
    </Preview>
  );
}
