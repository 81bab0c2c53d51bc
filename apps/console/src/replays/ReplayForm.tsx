import type { ReplayPreview, ReplayRequest } from "@sidelight/contracts/events/replay.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { Checkbox, Field, Input, Select } from "@zendeskgarden/react-forms";
import { useState } from "react";
import { deniedText, type PageProps } from "../session/session.ts";
import { Status } from "../ui/Status.tsx";
import { useChange } from "../ui/useChange.ts";
import { serverNow } from "../ui/useNow.ts";
import { useConnections, useRouteChoices } from "../ui/usePlatforms.ts";
import { ReplayPreviewPart } from "./ReplayPreviewPart.tsx";

const dayMs = 24 * 3_600_000;
const periods = [
  { days: 1, label: "The last day" },
  { days: 7, label: "The last 7 days" },
  { days: 30, label: "The last 30 days" },
  { days: 365, label: "The last year" },
];

interface Props extends PageProps {
  onStarted: () => void;
}

/** Which past events are routed again, and to what. A preview comes first. */
export function ReplayForm({ session, onStarted }: Props) {
  const { connections } = useConnections(session);
  const routes = useRouteChoices(session);
  const [to, setTo] = useState("");
  const [route, setRoute] = useState("");
  const [days, setDays] = useState(7);
  const [perMinute, setPerMinute] = useState("60");
  const [history, setHistory] = useState(false);
  const [isRepeat, setAgain] = useState(false);
  const [preview, setPreview] = useState<{ request: ReplayRequest; answer: ReplayPreview } | null>(null);
  const change = useChange();
  const rate = Number(perMinute);
  const isValid = to !== "" && Number.isInteger(rate) && rate >= 1 && rate <= 6_000;

  const ask = (): Promise<boolean> =>
    change.run("Reading the events…", async () => {
      const since = new Date(serverNow() - days * dayMs).toISOString();
      const request = { to, since, history, again: isRepeat, perMinute: rate, ...(route && { route }) };
      setPreview({ request, answer: await session.run((client) => client.previewReplay(request)) });
      return "";
    });
  const start = async (): Promise<void> => {
    if (!preview) return;
    const isDone = await change.run("Starting…", async () => {
      await session.run((client) => client.replayEvents(preview.request));
      return "The replay runs.";
    });
    if (!isDone) return;
    setPreview(null);
    onStarted();
  };
  const edit = (apply: () => void): void => {
    apply();
    setPreview(null);
    change.clear();
  };
  return (
    <form className="replay-form" aria-label="New replay" onSubmit={(event) => event.preventDefault()}>
      <div className="setting-fields">
        <Field>
          <Field.Label>Target</Field.Label>
          <Select isCompact value={to} onChange={({ target }) => edit(() => setTo(target.value))}>
            <option value="">Choose a connection</option>
            {connections.map(({ id, label }) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </Select>
        </Field>
        <Field>
          <Field.Label>Route</Field.Label>
          <Select isCompact value={route} onChange={({ target }) => edit(() => setRoute(target.value))}>
            <option value="">All routes to the target</option>
            {routes.map(({ id, label }) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </Select>
        </Field>
        <Field>
          <Field.Label>Events</Field.Label>
          <Select isCompact value={String(days)} onChange={({ target }) => edit(() => setDays(Number(target.value)))}>
            {periods.map((period) => (
              <option key={period.days} value={period.days}>
                {period.label}
              </option>
            ))}
          </Select>
        </Field>
        <Field>
          <Field.Label>Deliveries a minute, at most</Field.Label>
          <Input
            isCompact
            inputMode="numeric"
            value={perMinute}
            onChange={({ target }) => edit(() => setPerMinute(target.value))}
          />
        </Field>
      </div>
      <Field>
        <Checkbox checked={history} onChange={({ target }) => edit(() => setHistory(target.checked))}>
          <Field.Label isRegular>Also what backfills imported, each object as if it was just created</Field.Label>
        </Checkbox>
      </Field>
      <Field>
        <Checkbox checked={isRepeat} onChange={({ target }) => edit(() => setAgain(target.checked))}>
          <Field.Label isRegular>Also what was delivered before, with what the routes make of it now</Field.Label>
        </Checkbox>
      </Field>
      <div className="edit-bar">
        <Button
          size="small"
          isPrimary
          disabled={!isValid || !session.rights.operate || change.isBusy}
          title={session.rights.operate ? undefined : deniedText}
          onClick={() => void ask()}
        >
          Preview
        </Button>
        <span className="muted small">The preview sends nothing.</span>
      </div>
      <Status progress={change.progress} outcome={change.outcome} />
      {preview && (
        <ReplayPreviewPart
          preview={preview.answer}
          isBusy={change.isBusy}
          onConfirm={() => void start()}
          onCancel={() => setPreview(null)}
        />
      )}
    </form>
  );
}
