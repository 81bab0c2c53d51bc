import type { DeadLetterGroup, RetryPreview as RetryCounts } from "@sidelight/contracts/events/delivery.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { useCallback, useState } from "react";
import type { PageProps } from "../session/session.ts";
import { Ago } from "../ui/Moment.tsx";
import { Part } from "../ui/Part.tsx";
import { Status } from "../ui/Status.tsx";
import { Failed } from "../ui/states.tsx";
import { Table } from "../ui/Table.tsx";
import { useAnswer } from "../ui/useAnswer.ts";
import { useChange } from "../ui/useChange.ts";
import { counted } from "../ui/words.ts";
import { type DeliveryFilter, RetryPreview, retryBody } from "./RetryPreview.tsx";
import { causeWords, nextStep } from "./words.ts";

interface Props extends PageProps {
  /** "" for all. */
  filter: DeliveryFilter;
  onRetried: () => void;
}

const columns = [
  "Cause",
  "Route and target",
  { title: "Count", isNumber: true },
  "First and last",
  { title: "Actions", isHidden: true },
];

/** Dead letters by cause, and the buttons that retry all of a cause, or all that the filters match. Nothing without dead letters. */
export function DeadLetters({ session, filter, onRetried }: Props) {
  const { route, target, cause } = filter;
  const change = useChange();
  const [choice, setChosen] = useState<DeliveryFilter | null>(null);
  const answer = useAnswer(
    useCallback(
      () => session.run((client) => client.retryDeliveries({ ...retryBody({ route, target, cause }), preview: true })),
      [session, route, target, cause],
    ),
  );

  const retry = async (wantedFilter: DeliveryFilter): Promise<void> => {
    const isDone = await change.run("Requeueing…", async () => {
      const { retried } = await session.run((client) => client.retryDeliveries(retryBody(wantedFilter)));
      return `${counted(retried, "dead letter")} requeued. Each is tried at once.`;
    });
    if (!isDone) return;
    setChosen(null);
    answer.reload();
    onRetried();
  };

  const present = answer.status === "ready" ? answer.value.preview : undefined;
  return (
    <>
      {answer.status === "failed" && <Failed text={answer.problem} onRetry={answer.reload} />}
      {present && present.count > 0 && <Groups {...{ counts: present, filter, onChoose: setChosen, isBusy: change.isBusy }} />}
      {choice && (
        <RetryPreview
          key={JSON.stringify(choice)}
          {...{ session, filter: choice, isBusy: change.isBusy }}
          onConfirm={() => retry(choice)}
          onCancel={() => setChosen(null)}
        />
      )}
      <Status progress={change.progress} outcome={change.outcome} />
    </>
  );
}

interface GroupsProps {
  counts: RetryCounts;
  filter: DeliveryFilter;
  isBusy: boolean;
  onChoose: (filter: DeliveryFilter) => void;
}

function Groups({ counts: { count, groups }, filter, isBusy, onChoose }: GroupsProps) {
  return (
    <Part title={<>Dead letters by cause</>}>
      <Table columns={columns} isStacked>
        {groups.map((group) => (
          <GroupRow key={`${group.target} ${group.route} ${group.cause}`} {...{ group, isBusy, onChoose }} />
        ))}
      </Table>
      {groups.length > 1 && (
        <div className="buttons">
          <Button size="small" disabled={isBusy} onClick={() => onChoose(filter)}>
            {`Retry all ${count.toLocaleString()}…`}
          </Button>
        </div>
      )}
    </Part>
  );
}

function GroupRow({ group, isBusy, onChoose }: Omit<GroupsProps, "counts" | "filter"> & { group: DeadLetterGroup }) {
  const { cause, route, target, count, firstAt, lastAt } = group;
  const name = `Retry ${count === 1 ? "it" : `all ${count.toLocaleString()}`}…`;
  return (
    <tr>
      <td>
        <strong className="value">{causeWords(cause)}</strong>
        <span className="muted small value">{nextStep(cause)}</span>
      </td>
      <td data-label="Route and target">
        <span className="value">
          {route} → {target}
        </span>
      </td>
      <td className="number" data-label="Count">
        {count.toLocaleString()}
      </td>
      <td className="small">
        <span className="value">
          first <Ago at={firstAt} />
        </span>
        <span className="value">
          last <Ago at={lastAt} />
        </span>
      </td>
      <td>
        <div className="buttons">
          <Button
            size="small"
            disabled={isBusy}
            aria-label={`${name} ${causeWords(cause)}, ${route} to ${target}`}
            onClick={() => onChoose({ route, target, cause: cause ?? "" })}
          >
            {name}
          </Button>
        </div>
      </td>
    </tr>
  );
}
