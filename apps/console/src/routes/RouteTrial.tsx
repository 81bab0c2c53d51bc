import type { RouteTest } from "@sidelight/contracts/events/route.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { Field, Input } from "@zendeskgarden/react-forms";
import { type FormEvent, useState } from "react";
import { outcomeTone, outcomeWords } from "../events/words.ts";
import type { PageProps } from "../session/session.ts";
import { Badge } from "../ui/Badge.tsx";
import { Code } from "../ui/Code.tsx";
import { Status } from "../ui/Status.tsx";
import { Table } from "../ui/Table.tsx";
import { useChange } from "../ui/useChange.ts";

/** What each active route would make of an event or an object. Nothing is sent. */
export function RouteTrial({ session }: PageProps) {
  const [subject, setSubject] = useState("");
  const [trial, setTrial] = useState<RouteTest | null>(null);
  const change = useChange();

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const text = subject.trim();
    if (text === "") return;
    setTrial(null);
    await change.run("Trying…", async () => {
      const request = text.startsWith("evt_") ? { event: text } : { ref: text };
      setTrial(await session.run((client) => client.testRoutes(request)));
      return "Nothing was sent.";
    });
  };

  return (
    <>
      <form className="filters filter-bar trial" onSubmit={submit}>
        <Field>
          <Field.Label>Id of an event, or ref of an object</Field.Label>
          <Input
            isCompact
            autoComplete="off"
            spellCheck={false}
            placeholder="evt_… or zendesk.ticket:5158"
            value={subject}
            onChange={({ target }) => setSubject(target.value)}
          />
        </Field>
        <Button type="submit" size="small" disabled={change.isBusy || subject.trim() === ""}>
          Try
        </Button>
      </form>
      <Status progress={change.progress} outcome={change.outcome} />
      {trial?.items.length === 0 && <p className="muted">No route takes such an event.</p>}
      {trial && trial.items.length > 0 && (
        <Table columns={["Route", "Target", "Outcome", "Input of the action"]} isStacked>
          {trial.items.map(({ route, eventType, target, action, outcome, detail, payload }) => (
            <tr key={`${route} ${eventType}`}>
              <td>
                <span className="value">{route}</span>
                <span className="muted small value">{eventType}</span>
              </td>
              <td {...(target && { "data-label": "Target" })}>
                {target}
                {action && <span className="muted small value">{action}</span>}
              </td>
              <td>
                <Badge tone={outcomeTone(outcome)}>{outcomeWords(outcome)}</Badge>
                {detail && <span className="muted small value">{detail}</span>}
              </td>
              <td>
                {payload !== null && payload !== undefined && (
                  <details>
                    <summary>Show</summary>
                    <Code text={JSON.stringify(payload, null, 2)} label={`Input of ${action ?? "the action"}`} />
                  </details>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}
