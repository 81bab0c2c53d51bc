import type { Costs } from "@sidelight/contracts/costs/costs.ts";
import { Table } from "../ui/Table.tsx";
import { capitalized, counted } from "../ui/words.ts";

/** Calls that were not made: answers from the caches and the store, and deliveries that shared a batch. */
export function Savings({ costs: { savings } }: { costs: Costs }) {
  const { cache, batching } = savings;
  return (
    <>
      <p>
        {cache.answers === 0
          ? "No context was asked for."
          : `${cache.withoutCall.toLocaleString()} of ${counted(cache.answers, "answer")} needed no call to a platform. One call to each connection for each of them would be ${counted(cache.callsSaved, "call")}.`}
      </p>
      {cache.answers > 0 && (
        <p className="muted small">The calls of pulls and webhooks, which keep the store current, are not deducted.</p>
      )}
      {batching.length > 0 && (
        <Table columns={batchColumns} isStacked>
          {batching.map(({ connection, action, deliveries, batches, perBatch, callsSaved }) => (
            <tr key={`${connection} ${action}`}>
              <td>{capitalized(connection)}</td>
              <td>
                <code className="value">{action}</code>
              </td>
              <td className="number" data-label="Deliveries">
                {deliveries.toLocaleString()}
              </td>
              <td className="number" data-label="Batches">
                {batches.toLocaleString()}
              </td>
              <td className="number" data-label="In one batch">
                {perBatch === null ? "–" : perBatch.toLocaleString()}
              </td>
              <td className="number" data-label="Batches saved">
                {callsSaved.toLocaleString()}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}

const batchColumns = [
  "Connection",
  "Action",
  { title: "Deliveries", isNumber: true },
  { title: "Batches", isNumber: true },
  { title: "In one batch", isNumber: true },
  { title: "Batches saved", isNumber: true },
];
