import type { Alert, MuteRequest } from "@sidelight/contracts/connections/alert.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { Select } from "@zendeskgarden/react-forms";
import { deniedText, type PageProps } from "../session/session.ts";
import type { Change } from "../ui/useChange.ts";
import { kindWords } from "./words.ts";

interface Props extends PageProps {
  alert: Alert;
  change: Change;
  onChanged: (alert: Alert) => void;
}

const muteChoices = [
  { minutes: 60, label: "for an hour" },
  { minutes: 480, label: "for 8 hours" },
  { minutes: 1_440, label: "for a day" },
  { minutes: 10_080, label: "for a week" },
] as const;

/** Takes an alert on, and mutes its messages for a time. */
export function AlertButtons({ session, alert, change, onChanged }: Props) {
  const { id, kind, acknowledgedAt, mutedUntil } = alert;
  const isDisabled = change.isBusy || !session.rights.operate;
  const name = kindWords(kind);

  const acknowledge = (): Promise<boolean> =>
    change.run("Acknowledging…", async () => {
      onChanged(await session.run((client) => client.acknowledgeAlert(id)));
      return "Acknowledged. It is not escalated.";
    });
  const mute = (request: MuteRequest): Promise<boolean> =>
    change.run("Changing…", async () => {
      onChanged(await session.run((client) => client.muteAlert(id, request)));
      return request.minutes === 0 ? "Messages are sent again." : "Muted. No message is sent until then.";
    });

  return (
    <span className="buttons alert-buttons" title={session.rights.operate ? undefined : deniedText}>
      {acknowledgedAt === null && (
        <Button size="small" disabled={isDisabled} aria-label={`Acknowledge: ${name}`} onClick={acknowledge}>
          Acknowledge
        </Button>
      )}
      {mutedUntil === null ? (
        <Select
          isCompact
          aria-label={`Mute: ${name}`}
          disabled={isDisabled}
          value=""
          onChange={({ target }) => mute({ minutes: Number(target.value) })}
        >
          <option value="">Mute…</option>
          {muteChoices.map(({ minutes, label }) => (
            <option key={minutes} value={minutes}>
              {label}
            </option>
          ))}
        </Select>
      ) : (
        <Button size="small" disabled={isDisabled} aria-label={`Unmute: ${name}`} onClick={() => mute({ minutes: 0 })}>
          Unmute
        </Button>
      )}
    </span>
  );
}
