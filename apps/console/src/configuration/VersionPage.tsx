import { Button } from "@zendeskgarden/react-buttons";
import { Field, Input } from "@zendeskgarden/react-forms";
import { useCallback, useMemo, useState } from "react";
import type { PageProps } from "../session/session.ts";
import { Badge } from "../ui/Badge.tsx";
import { Code } from "../ui/Code.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Part } from "../ui/Part.tsx";
import { Preview } from "../ui/Preview.tsx";
import { Status } from "../ui/Status.tsx";
import { Failed, Loading } from "../ui/states.tsx";
import { useAnswer } from "../ui/useAnswer.ts";
import { useChange } from "../ui/useChange.ts";
import { changedLines } from "./changedLines.ts";
import { Difference } from "./Difference.tsx";
import { originWords } from "./words.ts";

interface Props extends PageProps {
  version: string;
}

/** One version: how it differs from the active one, its text, and the button that rolls back to it. */
export function VersionPage({ session, version }: Props) {
  const [isPreviewing, setPreviewing] = useState(false);
  const [reason, setReason] = useState("");
  const change = useChange();
  const answer = useAnswer(
    useCallback(
      async (signal: AbortSignal) => {
        const status = await session.run((client) => client.getConfig({ signal }));
        const shownVersion = await session.run((client) => client.getConfigVersion(version, { signal }));
        const active = await session.run((client) => client.getConfigVersion(status.version, { signal }));
        return { status, shown: shownVersion, active };
      },
      [session, version],
    ),
  );

  const rollback = async (): Promise<void> => {
    setPreviewing(false);
    const isDone = await change.run("Rolling back…", async () => {
      await session.run((client) => client.rollbackConfig(version, { reason: reason.trim() || undefined }));
      return `${version} is active. It stays active until the files change.`;
    });
    if (isDone) answer.reload();
  };

  const texts = answer.status === "ready" ? answer.value : null;
  const lines = useMemo(() => (texts ? changedLines(texts.active.text, texts.shown.text) : []), [texts]);
  const isActive = texts?.status.version === version;
  return (
    <>
      <a className="back" href="#/configuration">
        ← All versions
      </a>
      <Status progress={change.progress} outcome={change.outcome} />
      {answer.status === "loading" && <Loading />}
      {answer.status === "failed" && <Failed text={answer.problem} onRetry={answer.reload} />}
      {texts && (
        <>
          <div className="detail-head">
            <h2 className="id">{version}</h2>
            {isActive && <Badge tone="good">Active</Badge>}
            <span className="muted">
              {originWords[texts.shown.origin]}, <Moment at={texts.shown.since} />
            </span>
            <div className="buttons">
              {!isActive && (
                <Button size="small" disabled={change.isBusy} onClick={() => setPreviewing(true)}>
                  Roll back to this version…
                </Button>
              )}
            </div>
          </div>
          {isPreviewing && (
            <Preview
              title={`Roll back to ${version}?`}
              confirm="Roll back"
              isDisabled={change.isBusy}
              onConfirm={rollback}
              onCancel={() => setPreviewing(false)}
              changes={<Difference lines={lines} />}
            >
              <p>
                It becomes active at once, in every process, for the next event and the next answer. Deliveries that wait keep
                what they contain. It stays active until the files change.
              </p>
              <Field>
                <Field.Label isRegular>Reason (optional, for the audit)</Field.Label>
                <Input isCompact maxLength={200} value={reason} onChange={({ target }) => setReason(target.value)} />
              </Field>
            </Preview>
          )}
          {!isActive && !isPreviewing && (
            <Part title={`Changes against the active version ${texts.status.version}`}>
              <Difference lines={lines} />
            </Part>
          )}
          <Part title="Text">
            <details open={isActive}>
              <summary>The whole version as YAML</summary>
              <Code text={texts.shown.text} label="The version as YAML" />
            </details>
          </Part>
        </>
      )}
    </>
  );
}
