import type { ConfigChange } from "@sidelight/contracts/config/change.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { Field, Textarea } from "@zendeskgarden/react-forms";
import { useCallback, useMemo, useState } from "react";
import { deniedText, type PageProps } from "../../session/session.ts";
import { Status } from "../../ui/Status.tsx";
import { Failed, Loading } from "../../ui/states.tsx";
import { useAnswer } from "../../ui/useAnswer.ts";
import { useChange } from "../../ui/useChange.ts";
import { counted } from "../../ui/words.ts";
import { ApplyForm, type Rollout } from "./ApplyForm.tsx";
import { ChangeResult } from "./ChangeResult.tsx";
import { type Entries, SettingsForm } from "./SettingsForm.tsx";

/** Changes the active configuration: by fields, or its YAML. */
export function EditPage({ session }: PageProps) {
  const answer = useAnswer(
    useCallback(
      async (signal: AbortSignal) => {
        const { version } = await session.run((client) => client.getConfig({ signal }));
        return await session.run((client) => client.getConfigVersion(version, { signal }));
      },
      [session],
    ),
  );
  return (
    <>
      <a className="back" href="#/configuration">
        ← All versions
      </a>
      {answer.status === "loading" && <Loading />}
      {answer.status === "failed" && <Failed text={answer.problem} onRetry={answer.reload} />}
      {answer.status === "ready" && (
        <Editor
          key={answer.value.version}
          session={session}
          base={answer.value.version}
          text={answer.value.text}
          onApplied={answer.reload}
        />
      )}
    </>
  );
}

interface EditorProps extends PageProps {
  /** The active version. */
  base: string;
  text: string;
  onApplied: () => void;
}

function Editor({ session, base, text, onApplied }: EditorProps) {
  const [isYaml, setYaml] = useState(false);
  const [draft, setDraft] = useState(text);
  const [entries, setEntries] = useState<Entries>(new Map());
  const [result, setResult] = useState<ConfigChange | null>(null);
  const [isApplying, setApplying] = useState(false);
  const change = useChange();
  const set = useMemo(
    () => [...entries.values()].flatMap(({ setting, value }) => (value === null ? [] : [{ path: [...setting.path], value }])),
    [entries],
  );
  const hasInvalidEntry = [...entries.values()].some(({ value }) => value === null);
  const hasChange = isYaml ? draft !== text : set.length > 0 && !hasInvalidEntry;
  const body = isYaml ? { base, text: draft } : { base, set };
  const canChange = session.rights.operate;

  const edit = (apply: () => void): void => {
    apply();
    setResult(null);
    setApplying(false);
    change.clear();
  };
  const ask = (mode: "check" | "dry_run"): Promise<boolean> =>
    change.run(mode === "check" ? "Checking…" : "Reading the events of the last 7 days…", async () => {
      const next = await session.run((client) => client.changeConfig({ ...body, mode }));
      setResult(next);
      return next.issues.length > 0 ? "" : "The change has no faults. Nothing was changed yet.";
    });
  const apply = async (rollout: Rollout): Promise<void> => {
    const isDone = await change.run("Applying…", () => applyChange(rollout));
    if (isDone && rollout.how === "all") onApplied();
    if (isDone && rollout.how === "canary") window.location.hash = "#/configuration/canaries";
  };
  async function applyChange(rollout: Rollout): Promise<string> {
    const { reason } = rollout;
    if (rollout.how === "canary") {
      const { percent, minutes, promotes: promote } = rollout;
      await session.run((client) => client.startCanary({ ...body, reason, share: percent / 100, minutes, promote }));
      return "The canary runs.";
    }
    const { version } = await session.run((client) => client.changeConfig({ ...body, mode: "apply", reason }));
    return `${version} is active.`;
  }

  return (
    <>
      <nav className="views" aria-label="Ways to edit">
        <Choice isChosen={!isYaml} onChoose={() => edit(() => setYaml(false))}>
          Settings
        </Choice>
        <Choice isChosen={isYaml} onChoose={() => edit(() => setYaml(true))}>
          YAML
        </Choice>
      </nav>
      <p className="muted">
        The change starts from the active version <code>{base}</code>. Nothing changes before you apply it.
      </p>
      <div className="edit-bar">
        <Button size="small" disabled={!hasChange || change.isBusy} onClick={() => ask("check")}>
          Check
        </Button>
        <Button size="small" disabled={!hasChange || change.isBusy} onClick={() => ask("dry_run")}>
          Try with past events
        </Button>
        <Button
          size="small"
          isPrimary
          disabled={!canChange || !result || result.issues.length > 0 || result.changes.length === 0 || change.isBusy}
          title={canChange ? undefined : deniedText}
          onClick={() => setApplying(true)}
        >
          Apply…
        </Button>
        <span className="muted small">
          {isYaml ? (hasChange ? "The text was changed." : "The text was not changed.") : counted(set.length, "changed setting")}
        </span>
      </div>
      <Status progress={change.progress} outcome={change.outcome} />
      {isApplying && result && (
        <ApplyForm canBeCanary={!result.reopens} isBusy={change.isBusy} onConfirm={apply} onCancel={() => setApplying(false)} />
      )}
      {result && <ChangeResult change={result} />}
      {isYaml ? (
        <Field>
          <Field.Label>The tenant&apos;s configuration</Field.Label>
          <Textarea
            className="yaml"
            rows={24}
            spellCheck={false}
            value={draft}
            onChange={({ target }) => edit(() => setDraft(target.value))}
          />
        </Field>
      ) : (
        <SettingsForm text={text} entries={entries} onChange={(next) => edit(() => setEntries(next))} />
      )}
    </>
  );
}

interface ChoiceProps {
  isChosen: boolean;
  onChoose: () => void;
  children: string;
}

const Choice = ({ isChosen, onChoose, children }: ChoiceProps) => (
  <button type="button" className="view-button" aria-pressed={isChosen} onClick={onChoose}>
    {children}
  </button>
);
