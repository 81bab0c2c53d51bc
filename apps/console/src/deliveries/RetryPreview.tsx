import type { RetryFilter } from "@sidelight/client";
import { useCallback } from "react";
import type { PageProps } from "../session/session.ts";
import { Preview } from "../ui/Preview.tsx";
import { Failed, Loading } from "../ui/states.tsx";
import { Table } from "../ui/Table.tsx";
import { useAnswer } from "../ui/useAnswer.ts";
import { counted } from "../ui/words.ts";
import { causeWords } from "./words.ts";

/** Which dead letters. "" for all. */
export interface DeliveryFilter {
  route: string;
  target: string;
  cause: string;
}

/** The filter as the API takes it. */
export const retryBody = ({ route, target, cause }: DeliveryFilter): RetryFilter => ({
  ...(target && { source: target }),
  ...(route && { type: route }),
  ...(cause && { cause }),
});

interface Props extends PageProps {
  filter: DeliveryFilter;
  isBusy: boolean;
  onConfirm: () => void;
  onCancel: () => void;
}

/** How many dead letters a retry would requeue, of which causes and targets. It is counted again when it opens. */
export function RetryPreview({ session, filter, isBusy, onConfirm, onCancel }: Props) {
  const { route, target, cause } = filter;
  const answer = useAnswer(
    useCallback(
      () => session.run((client) => client.retryDeliveries({ ...retryBody({ route, target, cause }), preview: true })),
      [session, route, target, cause],
    ),
  );
  if (answer.status === "loading") return <Loading />;
  if (answer.status === "failed") return <Failed text={answer.problem} onRetry={answer.reload} />;
  const { count = 0, atOnce = 0, groups = [] } = answer.value.preview ?? {};
  const retriedCount = Math.min(count, atOnce);
  return (
    <Preview
      title={`Retry ${counted(count, "dead letter")}?`}
      confirm={`Retry ${counted(retriedCount, "dead letter")}`}
      isDisabled={retriedCount === 0 || isBusy}
      {...{ onConfirm, onCancel }}
      changes={
        <Table columns={["Cause", "Route", "Target", { title: "Count", isNumber: true }]} isStacked>
          {groups.map((group) => (
            <tr key={`${group.target} ${group.route} ${group.cause}`}>
              <td>{causeWords(group.cause)}</td>
              <td data-label="Route">{group.route}</td>
              <td data-label="Target">{group.target}</td>
              <td className="number" data-label="Count">
                {group.count.toLocaleString()}
              </td>
            </tr>
          ))}
        </Table>
      }
    >
      <p className="muted">
        Each keeps its id, so that a platform that has it already does not get it twice. Deliveries that wait behind them follow.
        {count > atOnce && ` The newest ${atOnce.toLocaleString()} are retried now. Retry again for the others.`}
      </p>
    </Preview>
  );
}
